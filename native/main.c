// The process: a runtime, the program's bytecode, and the loop that runs until the program ends it.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host.h"

/// A module's bytecode. Offsets are from the table's start; the build makes the table (scripts/build-native.mjs).
typedef struct {
  int32_t name, start, length;
} Module;

extern const Module program_modules[];
extern const int32_t program_modules_count;

/// The stack that the engine may use: the system gives at least 8 MB, and a limit may leave less.
#define STACK ((size_t)1024 * 1024)
#define FAILURE 70
/// Bytes in use before the engine looks for garbage in circles for the first time; all other garbage it frees at once.
#define COLLECT ((size_t)8 * 1024 * 1024)

static const char *at(int32_t offset) { return (const char *)program_modules + offset; }

/// Names of modules have no folders: all are siblings.
static char *normalize(JSContext *context, const char *base, const char *name, void *data) {
  (void)base;
  (void)data;
  return js_strdup(context, strncmp(name, "./", 2) == 0 ? name + 2 : name);
}

/// Reads a module. One that is read in a new context is used in place: the names in it get there the numbers that its code
/// has for them. The build has put it in an object (native/compile.c).
static JSValue read_module(JSContext *context, const char *name) {
  int flags = JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA;
  for (int32_t i = 0; i < program_modules_count; i++) {
    const Module *module = &program_modules[i];
    if (strcmp(at(module->name), name) != 0) continue;
    JSValue object = JS_ReadObject(context, (const uint8_t *)at(module->start), (size_t)module->length, flags);
    if (JS_IsException(object)) return object;
    JSValue value = JS_GetPropertyStr(context, object, MODULE_PROPERTY);
    JS_FreeValue(context, object);
    return value;
  }
  return JS_ThrowReferenceError(context, "no module %s", name);
}

static JSModuleDef *load(JSContext *context, const char *name, void *data) {
  (void)data;
  JSValue value = read_module(context, name);
  if (JS_IsException(value)) return NULL;
  JSModuleDef *module = JS_VALUE_GET_PTR(value);
  JS_FreeValue(context, value);
  return module;
}

/// Evaluates a module; the promise of its end. JS_LoadModule would make an object of all its exports.
static JSValue run_module(JSContext *context, JSValue module) {
  if (JS_ResolveModule(context, module) < 0) return JS_EXCEPTION;
  return JS_EvalFunction(context, module);
}

static void say(const char *text) {
  if (write(2, text, strlen(text)) < 0) return;
}

/// Reports an unhandled error, and ends the process.
_Noreturn static void fail(JSContext *context) {
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

/// The language's objects that the program uses; the build makes sure of that (scripts/build-standalone.mjs).
static void add_objects(JSContext *context) {
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

static void run_jobs(JSRuntime *runtime) {
  JSContext *context;
  int result;
  while ((result = JS_ExecutePendingJob(runtime, &context)) > 0) continue;
  if (result < 0) fail(context);
}

/// Waits for the next event; whether there may be another.
static int wait_for_event(JSContext *context) {
  JSValue waiter = host_waiter(context);
  if (JS_IsUndefined(waiter)) return 0;
  JSValue result = JS_Call(context, waiter, JS_UNDEFINED, 0, NULL);
  JS_FreeValue(context, waiter);
  if (JS_IsException(result)) fail(context);
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

int main(int count, char **words) {
  host_start_clock();
  occupy_descriptors();
  signal(SIGPIPE, SIG_IGN);
  JSRuntime *runtime = new_runtime();
  JSContext *context = runtime ? JS_NewContextRaw(runtime) : NULL;
  if (context == NULL) {
    say("ipvsadm: out of memory\n");
    return FAILURE;
  }
  JS_SetGCThreshold(runtime, COLLECT);
  JS_SetMaxStackSize(runtime, stack_size());
  JS_SetModuleLoaderFunc(runtime, normalize, load, NULL);
  JSValue module = read_module(context, "main.js");
  if (JS_IsException(module)) fail(context);
  add_objects(context);
  if (host_module(context, count, words) == NULL) fail(context);
  JSValue program = run_module(context, module);
  if (JS_IsException(program)) fail(context);
  do run_jobs(runtime);
  while (wait_for_event(context));
  // The program ends the process itself; this is reached only if it waits for nothing.
  if (JS_PromiseState(context, program) == JS_PROMISE_REJECTED) JS_Throw(context, JS_PromiseResult(context, program));
  fail(context);
}
