// JavaScript values as C values, and back.
#include <errno.h>
#include <string.h>

#include "host.h"

Bytes host_bytes(JSContext *context, JSValueConst value) {
  Bytes bytes = {NULL, 0};
  size_t offset, length, size;
  JSValue buffer = JS_GetTypedArrayBuffer(context, value, &offset, &length, NULL);
  if (JS_IsException(buffer)) {
    JS_FreeValue(context, JS_GetException(context));
    return bytes;
  }
  uint8_t *data = JS_GetArrayBuffer(context, &size, buffer);
  // The typed array itself keeps the buffer.
  JS_FreeValue(context, buffer);
  if (data == NULL) {
    JS_FreeValue(context, JS_GetException(context));
    return bytes;
  }
  if (offset > size || length > size - offset) return bytes;
  bytes.data = data + offset;
  bytes.length = length;
  return bytes;
}

void *host_numbers(JSContext *context, JSValueConst value, size_t least, size_t *count) {
  Bytes bytes = host_bytes(context, value);
  size_t length = bytes.length / sizeof(uint32_t);
  // A part of an array of bytes may begin anywhere.
  int fits = bytes.data != NULL && (uintptr_t)bytes.data % sizeof(uint32_t) == 0 && length >= least && length <= INT32_MAX;
  if (count != NULL) *count = fits ? length : 0;
  return fits ? bytes.data : NULL;
}

int host_int(JSContext *context, JSValueConst value) {
  int32_t number = 0;
  if (JS_IsNumber(value)) JS_ToInt32(context, &number, value);
  return number;
}

JSValue host_result(JSContext *context, long result) {
  return JS_NewInt64(context, result < 0 ? -errno : result);
}

JSValue host_checked(JSContext *context, JSValue result) { return JS_HasException(context) ? JS_EXCEPTION : result; }

const char *host_path(JSContext *context, JSValueConst value) {
  size_t length;
  if (!JS_IsString(value)) return NULL;
  const char *text = JS_ToCStringLen(context, &length, value);
  if (text == NULL) {
    JS_FreeValue(context, JS_GetException(context));
    return NULL;
  }
  if (strlen(text) == length) return text;
  JS_FreeCString(context, text);
  return NULL;
}

char **host_strings(JSContext *context, JSValueConst value) {
  int64_t length = 0;
  JSValue property = JS_GetPropertyStr(context, value, "length");
  int failed = JS_ToInt64(context, &length, property);
  JS_FreeValue(context, property);
  if (failed || length < 0 || length > 4096) return NULL;
  char **strings = js_mallocz(context, (size_t)(length + 1) * sizeof *strings);
  if (strings == NULL) return NULL;
  for (uint32_t i = 0; i < length; i++) {
    JSValue item = JS_GetPropertyUint32(context, value, i);
    strings[i] = (char *)host_path(context, item);
    JS_FreeValue(context, item);
    if (strings[i] != NULL) continue;
    host_free_strings(context, strings);
    return NULL;
  }
  return strings;
}

void host_free_strings(JSContext *context, char **strings) {
  for (char **each = strings; *each != NULL; each++) JS_FreeCString(context, *each);
  js_free(context, strings);
}
