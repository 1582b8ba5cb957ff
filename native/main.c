// The process: a runtime, the program's bytecode, and the loop that runs until the program ends it.
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host.h"

/// A module's bytecode. Offsets are from the table's start; the build makes the table (scripts/build-native.mjs).
typedef struct {
  int32_t name, start, length;
} Module;

extern const Module program_modules[];
extern const int32_t program_modules_count;
/// The number of modules, from the table's first, that every start has.
extern const int32_t program_modules_first;

static KEPT JSRuntime *runtime;
static KEPT JSContext *context;

/// The stack that the engine may use: the system gives at least 8 MB, and a limit may leave less.
#define STACK ((size_t)1024 * 1024)
#define FAILURE 70
/// Bytes in use before the engine looks for garbage in circles for the first time; all other garbage it frees at once.
#define COLLECT ((size_t)8 * 1024 * 1024)

static const char *at(int32_t offset) { return (const char *)program_modules + offset; }

/// Names of modules have no folders: all are siblings.
static char *normalize(JSContext *of, const char *base, const char *name, void *data) {
  (void)base;
  (void)data;
  return js_strdup(of, strncmp(name, "./", 2) == 0 ? name + 2 : name);
}

static JSModuleDef *load(JSContext *of, const char *name, void *data) {
  (void)data;
  for (int32_t i = 0; i < program_modules_count; i++) {
    const Module *module = &program_modules[i];
    if (strcmp(at(module->name), name) != 0) continue;
    JSValue value = JS_ReadObject(of, (const uint8_t *)at(module->start), (size_t)module->length, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(value)) return NULL;
    JSModuleDef *result = JS_VALUE_GET_PTR(value);
    JS_FreeValue(of, value);
    return result;
  }
  JS_ThrowReferenceError(of, "no module %s", name);
  return NULL;
}

static void say(const char *text) {
  if (write(2, text, strlen(text)) < 0) return;
}

/// Reports an unhandled error, and ends the process.
_Noreturn static void fail(void) {
  JSValue error = JS_GetException(context);
  const char *text = JS_ToCString(context, error);
  say("ipvsadm: internal error: ");
  say(text ? text : "out of memory");
  say("\n");
  host_restore_terminal();
  _exit(FAILURE);
}

/// A file or socket must not get the number of a closed descriptor. Like the original, the program loses its output to it.
/// Reading from it fails: a closed stdin is no empty rule file, which would clear the table. Without /dev/null both fail.
static void occupy_descriptors(void) {
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    if (open("/dev/null", O_WRONLY) < 0 && open("/", O_PATH | O_DIRECTORY) < 0) _exit(FAILURE);
  }
}

/// Makes the constants read-only that have been relocated. The C library does so for dynamic executables alone.
static void protect_constants(void) {
  extern const char __executable_start[];
  const ElfW(Phdr) *header = (const ElfW(Phdr) *)getauxval(AT_PHDR);
  uintptr_t page = getauxval(AT_PAGESZ);
  for (size_t i = 0; i < getauxval(AT_PHNUM); i++) {
    if (header[i].p_type != PT_GNU_RELRO) continue;
    uintptr_t start = (uintptr_t)__executable_start + header[i].p_vaddr, end = (start + header[i].p_memsz) & -page;
    start &= -page;
    if (end > start && mprotect((void *)start, end - start, PROT_READ) < 0) _exit(FAILURE);
  }
}

/// The language's objects that the program uses; the build makes sure of that (scripts/build-standalone.mjs).
static void add_objects(void) {
  JS_AddIntrinsicBaseObjects(context);
  JS_AddIntrinsicStringNormalize(context);
  JS_AddIntrinsicRegExp(context);
  JS_AddIntrinsicRegExpCompiler(context);
  JS_AddIntrinsicJSON(context);
  JS_AddIntrinsicProxy(context);
  JS_AddIntrinsicMapSet(context);
  JS_AddIntrinsicTypedArrays(context);
  JS_AddIntrinsicPromise(context);
}

static void run_jobs(void) {
  JSContext *other;
  int result;
  while ((result = JS_ExecutePendingJob(runtime, &other)) > 0) continue;
  if (result < 0) fail();
}

/// Waits for the next event; whether there may be another.
static int wait_for_event(void) {
  JSValue waiter = host_waiter(context);
  if (JS_IsUndefined(waiter)) return 0;
  JSValue result = JS_Call(context, waiter, JS_UNDEFINED, 0, NULL);
  JS_FreeValue(context, waiter);
  if (JS_IsException(result)) fail();
  int more = JS_ToBool(context, result);
  JS_FreeValue(context, result);
  return more;
}

static size_t stack_size(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY) return STACK;
  return limit.rlim_cur / 2 < STACK ? limit.rlim_cur / 2 : STACK;
}

static JSRuntime *new_runtime(void) {
#ifdef __SANITIZE_ADDRESS__
  // Blocks of its own allocator lie side by side: the sanitizer would not see an access out of bounds.
  return JS_NewRuntime();
#else
  return JS_NewRuntime2(&host_memory, NULL);
#endif
}

_Noreturn static void lack_memory(void) {
  say("ipvsadm: out of memory\n");
  _exit(FAILURE);
}

/// Makes the engine, and evaluates the modules that every start has, up to the first wait.
static void begin(void) {
  runtime = new_runtime();
  context = runtime ? JS_NewContextRaw(runtime) : NULL;
  if (context == NULL) lack_memory();
  JS_SetGCThreshold(runtime, COLLECT);
  JS_SetModuleLoaderFunc(runtime, normalize, load, NULL);
  add_objects();
  if (host_module(context) == NULL) fail();
  for (int32_t i = 0; i < program_modules_first; i++) {
    JSValue loaded = JS_LoadModule(context, "", at(program_modules[i].name));
    run_jobs();
    if (JS_PromiseState(context, loaded) == JS_PROMISE_REJECTED) {
      JS_Throw(context, JS_PromiseResult(context, loaded));
      fail();
    }
    JS_FreeValue(context, loaded);
  }
}

int main(int count, char **words) {
  host_start_clock();
  protect_constants();
  occupy_descriptors();
  signal(SIGPIPE, SIG_IGN);
  host_set_words(count, words);
  int found = host_read_snapshot();
  if (found < 0) lack_memory();
  if (!found) {
    int writes = host_begin_snapshot();
    if (writes < 0) lack_memory();
    begin();
    if (writes) return host_write_snapshot() < 0 ? FAILURE : 0;
  }
  JS_UpdateStackTop(runtime);
  JS_SetMaxStackSize(runtime, stack_size());
  do run_jobs();
  while (wait_for_event());
  // The program ends the process itself; this is reached only if it waits for nothing.
  fail();
}
