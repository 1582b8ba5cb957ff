// The body of every fuzzer: the engine runs a target (a module beside this file), whose function `fuzz` takes each input.
// scripts/fuzz builds and starts it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host.h"

/// The target's text, which the build puts here.
extern const char target_text[];
extern const int32_t target_length;

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// The defaults remember more of freed blocks, and of calls, than an input has.
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "malloc_context_size=8:quarantine_size_mb=32"; }

static JSRuntime *runtime;
static JSContext *context;
static JSValue target;

/// An error that a target throws is a finding.
static void check(JSValueConst value) {
  if (!JS_IsException(value)) return;
  JSValue error = JS_GetException(context);
  const char *text = JS_ToCString(context, error);
  fprintf(stderr, "%s\n", text ? text : "an error without text");
  abort();
}

int LLVMFuzzerInitialize(int *count, char ***words) {
  // Its own allocator would hide accesses out of bounds.
  runtime = JS_NewRuntime();
  context = JS_NewContext(runtime);
  host_set_words(*count, *words);
  host_module(context);
  JSValue module = JS_Eval(context, target_text, (size_t)target_length, "target.js", JS_EVAL_TYPE_MODULE);
  check(module);
  JS_FreeValue(context, module);
  JSContext *other;
  while (JS_ExecutePendingJob(runtime, &other) > 0) continue;
  JSValue global = JS_GetGlobalObject(context);
  target = JS_GetPropertyStr(context, global, "fuzz");
  JS_FreeValue(context, global);
  if (!JS_IsFunction(context, target)) {
    fputs("the target has no function `fuzz`\n", stderr);
    abort();
  }
  return 0;
}

static void run_jobs(void) {
  JSContext *other;
  while (JS_ExecutePendingJob(runtime, &other) > 0) continue;
}

/// Waits for the next event; whether there was one.
static int wait_for_event(void) {
  JSValue waiter = host_waiter(context);
  if (JS_IsUndefined(waiter)) return 0;
  JSValue more = JS_Call(context, waiter, JS_UNDEFINED, 0, NULL);
  check(more);
  JS_FreeValue(context, waiter);
  return JS_ToBool(context, more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  JSValue bytes = JS_NewArrayBufferCopy(context, data, size);
  JSValue result = JS_Call(context, target, JS_UNDEFINED, 1, &bytes);
  check(result);
  // An asynchronous target waits for its timers. One that does not end has compared nothing, which is a finding, too.
  int state = JS_PromiseState(context, result);
  do run_jobs();
  while (state >= 0 && wait_for_event());
  if (state >= 0) state = JS_PromiseState(context, result);
  if (state == JS_PROMISE_PENDING) check(JS_ThrowInternalError(context, "the target has not ended"));
  if (state == JS_PROMISE_REJECTED) check(JS_Throw(context, JS_PromiseResult(context, result)));
  JS_FreeValue(context, result);
  JS_FreeValue(context, bytes);
  return 0;
}
