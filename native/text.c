// Text as bytes, and bytes as text.
#include <errno.h>
#include <string.h>

#include "host.h"

/// U+FFFD
static const char REPLACEMENT[] = "\xef\xbf\xbd";
#define REPLACEMENT_LENGTH (sizeof REPLACEMENT - 1)

/// The length of the UTF-8 sequence at `at`; of a malformed one, the negative number of bytes that one U+FFFD replaces, as
/// the Encoding standard has it.
static int sequence(const uint8_t *at, size_t left) {
  uint8_t lead = at[0], least = 0x80, most = 0xbf;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // Neither longer than necessary, nor a surrogate, nor beyond the last character.
  if (lead == 0xe0) least = 0xa0;
  if (lead == 0xed) most = 0x9f;
  if (lead == 0xf0) least = 0x90;
  if (lead == 0xf4) most = 0x8f;
  for (int i = 1; i < length; i++) {
    if ((size_t)i == left || at[i] < least || at[i] > most) return -i;
    least = 0x80;
    most = 0xbf;
  }
  return length;
}

/// The length of the well-formed UTF-8 at the beginning.
static size_t well_formed(const uint8_t *bytes, size_t length) {
  size_t at = 0;
  while (at < length) {
    int next = sequence(bytes + at, length - at);
    if (next < 0) break;
    at += (size_t)next;
  }
  return at;
}

JSValue host_decode(JSContext *context, const char *text, size_t length) {
  const uint8_t *bytes = (const uint8_t *)text;
  size_t start = well_formed(bytes, length), used = start;
  if (start == length) return JS_NewStringLen(context, text, length);
  // The engine would leave out what follows a malformed sequence. At worst each byte is replaced.
  char *copy = js_malloc(context, start + (length - start) * REPLACEMENT_LENGTH);
  if (copy == NULL) return JS_EXCEPTION;
  memcpy(copy, text, start);
  for (size_t at = start; at < length;) {
    int next = sequence(bytes + at, length - at);
    size_t size = next > 0 ? (size_t)next : REPLACEMENT_LENGTH;
    memcpy(copy + used, next > 0 ? text + at : REPLACEMENT, size);
    used += size;
    at += (size_t)(next > 0 ? next : -next);
  }
  JSValue result = JS_NewStringLen(context, copy, used);
  js_free(context, copy);
  return result;
}

/// The UTF-8 bytes of a text, as an ArrayBuffer; those of U+FFFD for half of a pair of surrogates.
static HOST_FUNCTION(encode_utf8) {
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, arguments[0]);
  if (text == NULL) return JS_EXCEPTION;
  JSValue buffer = JS_NewArrayBufferCopy(context, (const uint8_t *)text, length);
  JS_FreeCString(context, text);
  uint8_t *bytes = JS_IsException(buffer) ? NULL : JS_GetArrayBuffer(context, &length, buffer);
  for (uint8_t *at = bytes; at != NULL && (at = memchr(at, 0xed, length - (size_t)(at - bytes))) != NULL; at += 3) {
    if (at[1] > 0x9f) memcpy(at, REPLACEMENT, REPLACEMENT_LENGTH);
  }
  return buffer;
}

static HOST_FUNCTION(decode_utf8) {
  Bytes bytes = host_bytes(context, arguments[0]);
  if (bytes.data == NULL) return JS_NewInt32(context, -EINVAL);
  return host_decode(context, (const char *)bytes.data, bytes.length);
}

const JSCFunctionListEntry host_text[] = {
    JS_CFUNC_DEF("encodeUtf8", 1, encode_utf8),
    JS_CFUNC_DEF("decodeUtf8", 1, decode_utf8),
};
const int host_text_count = sizeof host_text / sizeof *host_text;
