// The C host of the standalone executable: system calls for the TypeScript in lib/system/quickjs, and nothing else.
// A function returns a number of at least zero, or a negative errno; what one takes and gives is in
// lib/system/quickjs/host.d.ts.
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/// The bytes that a typed array shows; valid until the array may change. `data` is NULL if the value is no typed array.
typedef struct {
  uint8_t *data;
  size_t length;
} Bytes;

Bytes host_bytes(JSContext *context, JSValueConst value);
/// A 32-bit integer; 0 for what is no number.
int host_int(JSContext *context, JSValueConst value);
/// A result of a system call, or the errno that it has left, negative.
JSValue host_result(JSContext *context, long result);
/// Text for a system call, to be freed by JS_FreeCString. NULL if it has a NUL in it, or is none.
const char *host_path(JSContext *context, JSValueConst value);
/// A list of strings with a NULL at the end, to be freed by host_free_strings.
char **host_strings(JSContext *context, JSValueConst value);
void host_free_strings(JSContext *context, char **strings);

#define HOST_FUNCTION(name)                                                                                            \
  JSValue name(JSContext *context, __attribute__((unused)) JSValueConst self, __attribute__((unused)) int count,      \
               __attribute__((unused)) JSValueConst *arguments)

/// The number that four decimal parts without superfluous zeros are; -1 for anything else.
int64_t host_dotted_quad(const char *text, size_t length);

/// Functions of one part, for the module `host`.
extern const JSCFunctionListEntry host_files[], host_sockets[], host_process[], host_terminal[], host_text[],
    host_scan[], host_records[];
extern const int host_files_count, host_sockets_count, host_process_count, host_terminal_count, host_text_count,
    host_scan_count, host_records_count;

/// The allocator of the engine.
extern const JSMallocFunctions host_memory;

/// Makes the module `host`, with the words that the program was called with.
JSModuleDef *host_module(JSContext *context, int count, char **words);
/// The function that waits for the next event, which the program has given; JS_UNDEFINED if none.
JSValue host_waiter(void);
/// Gives a terminal back the mode that it had before it was raw.
void host_restore_terminal(void);
/// The clock starts at this call.
void host_start_clock(void);

#endif
