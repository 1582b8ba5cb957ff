// The process: its identity and environment, other programs, signals, clocks, waiting.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

static JSValue invalid(JSContext *context) { return JS_NewInt32(context, -EINVAL); }

static HOST_FUNCTION(effective_user) { return JS_NewInt64(context, geteuid()); }

static HOST_FUNCTION(process_id) { return JS_NewInt32(context, getpid()); }

/// A variable of the environment; undefined if it is not set.
static HOST_FUNCTION(environment_variable) {
  const char *name = JS_ToCString(context, arguments[0]);
  const char *value = name ? getenv(name) : NULL;
  JS_FreeCString(context, name);
  return value ? host_decode(context, value, strlen(value)) : host_checked(context, JS_UNDEFINED);
}

static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double start;

void host_start_clock(void) { start = milliseconds(); }

static HOST_FUNCTION(now) { return JS_NewFloat64(context, milliseconds() - start); }

static HOST_FUNCTION(random_bytes) {
  Bytes bytes = host_bytes(context, arguments[0]);
  if (bytes.data == NULL) return invalid(context);
  return host_result(context, getrandom(bytes.data, bytes.length, 0));
}

/// Waits for the descriptors in an Int32Array of struct pollfd's fields (descriptor, events, results).
static HOST_FUNCTION(poll_descriptors) {
  enum { FIELDS = 3 };
  size_t length;
  int32_t *fields = host_numbers(context, arguments[0], 0, &length);
  if (fields == NULL) return invalid(context);
  length /= FIELDS;
  struct pollfd *entries = js_malloc(context, (length + 1) * sizeof *entries);
  if (entries == NULL) return JS_EXCEPTION;
  for (size_t i = 0; i < length; i++) {
    entries[i] = (struct pollfd){.fd = fields[i * FIELDS], .events = (short)fields[i * FIELDS + 1]};
  }
  JSValue result = host_result(context, poll(entries, length, host_int(context, arguments[1])));
  for (size_t i = 0; i < length; i++) fields[i * FIELDS + 2] = JS_VALUE_GET_INT(result) > 0 ? entries[i].revents : 0;
  js_free(context, entries);
  return result;
}

/// Signals that this process redirects have their default effect in a program that it starts.
static int restore_signals(posix_spawnattr_t *attributes) {
  sigset_t none, ignored;
  sigemptyset(&none);
  sigemptyset(&ignored);
  sigaddset(&ignored, SIGPIPE);
  return posix_spawnattr_setsigmask(attributes, &none) || posix_spawnattr_setsigdefault(attributes, &ignored) ||
         posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/// Starts a program with an empty stdin: path, words, environment, the descriptors that become its stdout and stderr.
/// Its id.
static HOST_FUNCTION(spawn_program) {
  const char *path = host_path(context, arguments[0]);
  char **words = path ? host_strings(context, arguments[1]) : NULL;
  char **variables = words ? host_strings(context, arguments[2]) : NULL;
  int output = host_int(context, arguments[3]), errors = host_int(context, arguments[4]);
  int error = EINVAL;
  pid_t process = -1;
  if (variables != NULL) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    error = restore_signals(&attributes);
    if (!error) error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, errors, 2);
    if (!error) error = posix_spawn(&process, path, &actions, &attributes, words, variables);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    host_free_strings(context, variables);
  }
  if (words != NULL) host_free_strings(context, words);
  JS_FreeCString(context, path);
  return host_checked(context, JS_NewInt32(context, error ? -error : process));
}

/// Waits for a program's end; its exit status, or 128 and the number of the signal that ended it.
static HOST_FUNCTION(wait_for) {
  int status;
  pid_t result;
  do result = waitpid(host_int(context, arguments[0]), &status, 0);
  while (result < 0 && errno == EINTR);
  if (result < 0) return host_result(context, -1);
  return JS_NewInt32(context, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/// A pipe; its two descriptors into an Int32Array. Only reading does not block: the end for writing is for a program, which
/// would lose what the pipe does not take at once.
static HOST_FUNCTION(make_pipe) {
  int *ends = host_numbers(context, arguments[0], 2, NULL);
  if (ends == NULL) return invalid(context);
  int result = pipe2(ends, O_CLOEXEC);
  if (result == 0) (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return host_result(context, result);
}

/// The signals in an Int32Array; whether it is one of signals.
static bool signal_set(JSContext *context, JSValueConst value, sigset_t *set) {
  size_t length;
  const int32_t *numbers = host_numbers(context, value, 0, &length);
  sigemptyset(set);
  for (size_t i = 0; i < length; i++) {
    if (sigaddset(set, numbers[i]) < 0) return false;
  }
  return numbers != NULL;
}

/// A descriptor from which signals are read (struct signalfd_siginfo); they have no other effect from now on.
static HOST_FUNCTION(signal_descriptor) {
  sigset_t set;
  if (!signal_set(context, arguments[0], &set)) return invalid(context);
  JSValue result = host_result(context, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  // Without a descriptor they keep their effect.
  if (JS_VALUE_GET_INT(result) >= 0) sigprocmask(SIG_BLOCK, &set, NULL);
  return result;
}

/// Restores the default effect of signals.
static HOST_FUNCTION(release_signals) {
  sigset_t set;
  if (!signal_set(context, arguments[0], &set)) return invalid(context);
  return host_result(context, sigprocmask(SIG_UNBLOCK, &set, NULL));
}

/// Moves the process to the network namespace of a descriptor.
static HOST_FUNCTION(enter_network) {
  return host_result(context, setns(host_int(context, arguments[0]), CLONE_NEWNET));
}

static HOST_FUNCTION(exit_now) {
  host_restore_terminal();
  _exit(host_int(context, arguments[0]));
}

const JSCFunctionListEntry host_process[] = {
    JS_CFUNC_DEF("effectiveUser", 0, effective_user), JS_CFUNC_DEF("processId", 0, process_id),
    JS_CFUNC_DEF("variable", 1, environment_variable), JS_CFUNC_DEF("now", 0, now),
    JS_CFUNC_DEF("random", 1, random_bytes),          JS_CFUNC_DEF("poll", 2, poll_descriptors),
    JS_CFUNC_DEF("spawn", 5, spawn_program),          JS_CFUNC_DEF("wait", 1, wait_for),
    JS_CFUNC_DEF("pipe", 1, make_pipe),               JS_CFUNC_DEF("signals", 1, signal_descriptor),
    JS_CFUNC_DEF("enterNetwork", 1, enter_network),   JS_CFUNC_DEF("exit", 1, exit_now),
    JS_CFUNC_DEF("releaseSignals", 1, release_signals),
};
const int host_process_count = sizeof host_process / sizeof *host_process;
