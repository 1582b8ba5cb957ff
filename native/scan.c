// Loops over the characters of a rule file: the same as in lib/model/scan.ts, which describes them.
#include "host.h"

int64_t host_dotted_quad(const char *text, size_t length) {
  uint32_t number = 0, part = 0;
  int digits = 0, parts = 1;
  for (size_t i = 0; i < length; i++) {
    char character = text[i];
    if (character >= '0' && character <= '9') {
      if (digits > 0 && part == 0) return -1;
      part = part * 10 + (uint32_t)(character - '0');
      if (part > 255) return -1;
      digits++;
    } else if (character == '.' && digits > 0 && parts < 4) {
      number = number << 8 | part;
      part = 0;
      digits = 0;
      parts++;
    } else {
      return -1;
    }
  }
  return parts == 4 && digits > 0 ? (int64_t)(number << 8 | part) : -1;
}

static HOST_FUNCTION(scan_quad) {
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, arguments[0]);
  if (text == NULL) return JS_EXCEPTION;
  int64_t result = host_dotted_quad(text, length);
  JS_FreeCString(context, text);
  return JS_NewInt64(context, result);
}

static int is_blank(char character) { return character == ' ' || character == '\t' || character == '\r'; }

static HOST_FUNCTION(scan_words) {
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, arguments[0]);
  if (text == NULL) return JS_EXCEPTION;
  JSValue words = JS_NewArray(context);
  uint32_t found = 0;
  for (size_t at = 0; at < length;) {
    while (at < length && is_blank(text[at])) at++;
    size_t start = at;
    while (at < length && !is_blank(text[at])) at++;
    if (at == start) continue;
    JSValue word = JS_NewStringLen(context, text + start, at - start);
    if (JS_IsException(word) || JS_DefinePropertyValueUint32(context, words, found++, word, JS_PROP_C_W_E) < 0) {
      JS_FreeValue(context, words);
      words = JS_EXCEPTION;
      break;
    }
  }
  JS_FreeCString(context, text);
  return words;
}

const JSCFunctionListEntry host_scan[] = {
    JS_CFUNC_DEF("dottedQuad", 1, scan_quad),
    JS_CFUNC_DEF("splitWords", 1, scan_words),
};
const int host_scan_count = sizeof host_scan / sizeof *host_scan;
