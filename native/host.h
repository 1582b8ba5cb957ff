// The C host of the standalone executable: system calls for the TypeScript in lib/system/quickjs, and nothing else.
// A function returns a number of at least zero, or a negative errno; arguments and results are described in
// lib/system/quickjs/host.d.ts.
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/// The bytes of a typed array; valid until the array may change. `data` is NULL if the value is not a typed array. The arrays
/// of one call do not overlap: what a function has checked in one, it does not change by writing another.
typedef struct {
  uint8_t *data;
  size_t length;
} Bytes;

Bytes host_bytes(JSContext *context, JSValueConst value);
/// The 32-bit numbers in the bytes of a typed array, at least so many; NULL for another value. `count` may be NULL.
void *host_numbers(JSContext *context, JSValueConst value, size_t least, size_t *count);
/// A 32-bit integer; 0 for a value that is not a number.
int host_int(JSContext *context, JSValueConst value);
/// The result of a system call, or its negative errno.
JSValue host_result(JSContext *context, long result);
/// A result that is no object, or the exception that a value has thrown when it was read.
JSValue host_checked(JSContext *context, JSValue result);
/// The text of UTF-8; malformed sequences become U+FFFD, as with a TextDecoder.
JSValue host_decode(JSContext *context, const char *text, size_t length);
/// Text for a system call, to be freed by JS_FreeCString. NULL if it contains a NUL, or is not text.
const char *host_path(JSContext *context, JSValueConst value);
/// A list of strings with a NULL at the end, to be freed by host_free_strings.
char **host_strings(JSContext *context, JSValueConst value);
void host_free_strings(JSContext *context, char **strings);

#define HOST_FUNCTION(name)                                                                                            \
  JSValue name(JSContext *context, __attribute__((unused)) JSValueConst self, __attribute__((unused)) int count,      \
               __attribute__((unused)) JSValueConst *arguments)

/// Sends a datagram; -1 after an error.
long host_send(int descriptor, const uint8_t *bytes, size_t length);
/// The fields of a received datagram: its length, its flags (struct msghdr), the sender's port.
#define DATAGRAM_FIELDS 3
/// Waits for a datagram and receives all that have arrived, at most so many; gives the number, or -1. The datagrams lie
/// `size` bytes apart; `field` gets the fields of each.
long host_receive(int descriptor, uint8_t *bytes, size_t size, size_t most, uint32_t *field);

/// The number of an IPv4 address in canonical text; -1 for other text.
int64_t host_dotted_quad(const char *text, size_t length);
/// Write text at `out`; where it ends. An IPv6 address has the form of lib/model/address.ts, from its eight groups.
uint8_t *host_put_decimal(uint8_t *out, uint64_t number);
uint8_t *host_put_ipv4(uint8_t *out, uint32_t number);
uint8_t *host_put_ipv6(uint8_t *out, const uint32_t *groups);

/// The numbers that are found in a plain rule line (lib/model/scan.ts).
#define PLAIN_FIELDS 13
/// Whether a rule line is plain.
int host_scan_plain(const char *text, int length, int32_t *fields);

/// Functions of one part, for the module `host`.
extern const JSCFunctionListEntry host_files[], host_sockets[], host_process[], host_terminal[], host_text[],
    host_scan[], host_connections[], host_records[], host_record_plans[],
    host_record_writer[], host_rules[], host_rows[], host_row_plans[], host_row_lists[],
    host_series[], host_entries[], host_entry_requests[], host_entry_records[];
extern const int host_files_count, host_sockets_count, host_process_count, host_terminal_count, host_text_count,
    host_scan_count, host_connections_count, host_records_count, host_record_plans_count,
    host_record_writer_count, host_rules_count, host_rows_count,
    host_row_plans_count, host_row_lists_count, host_series_count, host_entries_count, host_entry_requests_count,
    host_entry_records_count;

/// The allocator of the engine, and the size of the heap's first mapping: its halves are for small blocks and for others.
extern const JSMallocFunctions host_memory;
#define HEAP ((size_t)1024 * 1024)
/// Maps it, at `place` unless that is NULL; NULL if it cannot.
uint8_t *host_map_heap(uint8_t *place);
/// The numbers of bytes in use at the begin of each half.
void host_heap_used(size_t *chunk_bytes, size_t *block_bytes);
/// Sets the largest freed blocks aside for allocations after a snapshot.
void host_spare_blocks(void);

/// Marks variables that a snapshot has beside the heap.
#define KEPT __attribute__((section("kept")))
/// Restores the snapshot in the executable. 0 if it has none, -1 if there is too little memory.
int host_read_snapshot(void);
/// Maps the heap if the executable is one that writes a snapshot: 1; 0 if it is another, -1 if it cannot.
int host_begin_snapshot(void);
/// Writes it to stdout; 0, or -1.
int host_write_snapshot(void);

/// Makes the module `host`.
JSModuleDef *host_module(JSContext *context);
/// Sets the command line.
void host_set_words(int count, char **words);
/// The function that waits for the next event, which the program has given; JS_UNDEFINED if none. It may give another.
JSValue host_waiter(JSContext *context);
/// Restores a terminal's former mode.
void host_restore_terminal(void);
/// The clock starts at this call.
void host_start_clock(void);

#endif
