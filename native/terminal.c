// Terminals: detection, size and mode.
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "host.h"

static JSValue invalid(JSContext *context) { return JS_NewInt32(context, -EINVAL); }

static HOST_FUNCTION(is_terminal) { return JS_NewBool(context, isatty(host_int(context, arguments[0]))); }

/// Columns and rows, into two numbers of 32 bits.
static HOST_FUNCTION(window_size) {
  struct winsize size = {0};
  int32_t *fields = host_numbers(context, arguments[1], 2, NULL);
  if (fields == NULL) return invalid(context);
  int result = ioctl(host_int(context, arguments[0]), TIOCGWINSZ, &size);
  fields[0] = size.ws_col;
  fields[1] = size.ws_row;
  return host_result(context, result);
}

static int raw_terminal = -1;
static struct termios mode_before;

/// Makes a terminal give each key as it is pressed, without echo.
static HOST_FUNCTION(raw_mode) {
  struct termios mode;
  int terminal = host_int(context, arguments[0]);
  // The mode before is that before the first call.
  host_restore_terminal();
  if (tcgetattr(terminal, &mode_before) < 0) return host_result(context, -1);
  mode = mode_before;
  cfmakeraw(&mode);
  // Output is handled as before: a line feed starts a line.
  mode.c_oflag |= OPOST;
  int result = tcsetattr(terminal, TCSADRAIN, &mode);
  if (result == 0) raw_terminal = terminal;
  return host_result(context, result);
}

void host_restore_terminal(void) {
  if (raw_terminal >= 0) tcsetattr(raw_terminal, TCSADRAIN, &mode_before);
  raw_terminal = -1;
}

static HOST_FUNCTION(restore_mode) {
  host_restore_terminal();
  return JS_NewInt32(context, 0);
}

const JSCFunctionListEntry host_terminal[] = {
    JS_CFUNC_DEF("isTerminal", 1, is_terminal),
    JS_CFUNC_DEF("windowSize", 2, window_size),
    JS_CFUNC_DEF("rawMode", 1, raw_mode),
    JS_CFUNC_DEF("restoreMode", 0, restore_mode),
};
const int host_terminal_count = sizeof host_terminal / sizeof *host_terminal;
