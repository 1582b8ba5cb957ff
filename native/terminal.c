// Terminals: what is one, its size, and its mode.
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "host.h"

static JSValue invalid(JSContext *context) { return JS_NewInt32(context, -EINVAL); }

static HOST_FUNCTION(is_terminal) { return JS_NewBool(context, isatty(host_int(context, arguments[0]))); }

/// Columns and rows, into two numbers of 32 bits.
static HOST_FUNCTION(window_size) {
  struct winsize size = {0};
  Bytes bytes = host_bytes(context, arguments[1]);
  if (bytes.data == NULL || bytes.length != 2 * sizeof(int32_t)) return invalid(context);
  int result = ioctl(host_int(context, arguments[0]), TIOCGWINSZ, &size);
  int32_t *fields = (int32_t *)(void *)bytes.data;
  fields[0] = size.ws_col;
  fields[1] = size.ws_row;
  return host_result(context, result);
}

/// Makes a terminal give each key as it is pressed, without echo; the mode that it had (bytes), or a negative errno.
static HOST_FUNCTION(raw_mode) {
  struct termios mode;
  int terminal = host_int(context, arguments[0]);
  if (tcgetattr(terminal, &mode) < 0) return host_result(context, -1);
  JSValue before = JS_NewArrayBufferCopy(context, (const uint8_t *)&mode, sizeof mode);
  cfmakeraw(&mode);
  // Output is handled as before: a line feed starts a line.
  mode.c_oflag |= OPOST;
  if (tcsetattr(terminal, TCSADRAIN, &mode) == 0) return before;
  JS_FreeValue(context, before);
  return host_result(context, -1);
}

static HOST_FUNCTION(set_mode) {
  struct termios mode;
  Bytes bytes = host_bytes(context, arguments[1]);
  if (bytes.data == NULL || bytes.length != sizeof mode) return invalid(context);
  memcpy(&mode, bytes.data, sizeof mode);
  return host_result(context, tcsetattr(host_int(context, arguments[0]), TCSADRAIN, &mode));
}

const JSCFunctionListEntry host_terminal[] = {
    JS_CFUNC_DEF("isTerminal", 1, is_terminal),
    JS_CFUNC_DEF("windowSize", 2, window_size),
    JS_CFUNC_DEF("rawMode", 1, raw_mode),
    JS_CFUNC_DEF("setMode", 2, set_mode),
};
const int host_terminal_count = sizeof host_terminal / sizeof *host_terminal;
