// Text as bytes, and bytes as text.
#include <errno.h>
#include <string.h>

#include "host.h"

/// The UTF-8 bytes of a text, as an ArrayBuffer.
static HOST_FUNCTION(encode_utf8) {
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, arguments[0]);
  if (text == NULL) return JS_EXCEPTION;
  JSValue bytes = JS_NewArrayBufferCopy(context, (const uint8_t *)text, length);
  JS_FreeCString(context, text);
  return bytes;
}

static HOST_FUNCTION(decode_utf8) {
  Bytes bytes = host_bytes(context, arguments[0]);
  if (bytes.data == NULL) return JS_NewInt32(context, -EINVAL);
  return JS_NewStringLen(context, (const char *)bytes.data, bytes.length);
}

const JSCFunctionListEntry host_text[] = {
    JS_CFUNC_DEF("encodeUtf8", 1, encode_utf8),
    JS_CFUNC_DEF("decodeUtf8", 1, decode_utf8),
};
const int host_text_count = sizeof host_text / sizeof *host_text;
