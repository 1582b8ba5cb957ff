// Loops over the characters of a rule file: lib/model/scan.ts says what they are for, and has the same in TypeScript.
#include <string.h>

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

typedef struct {
  int from, to;
} Span;

/// The next word from `*at` on, which is moved behind it; whether there is one.
static int next_word(const char *text, int length, int *at, Span *word) {
  while (*at < length && is_blank(text[*at])) ++*at;
  word->from = *at;
  while (*at < length && !is_blank(text[*at])) ++*at;
  word->to = *at;
  return word->to > word->from;
}

/// A decimal number of at most so many digits, without superfluous zeros if it is at least `least`, or -1.
static int32_t decimal(const char *text, Span word, int digits, int32_t least) {
  int32_t number = 0;
  if (word.to <= word.from || word.to - word.from > digits || (least > 0 && text[word.from] == '0')) return -1;
  for (int i = word.from; i < word.to; i++) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number < least ? -1 : number;
}

static int endpoint(const char *text, Span word, int32_t *fields) {
  const char *colon = memchr(text + word.from, ':', (size_t)(word.to - word.from));
  if (colon == NULL) return 0;
  int end = (int)(colon - text);
  fields[0] = word.from;
  fields[1] = end;
  fields[2] = decimal(text, (Span){end + 1, word.to}, 5, 1);
  return fields[2] > 0 && fields[2] <= 65535 && host_dotted_quad(text + word.from, (size_t)(end - word.from)) >= 0;
}

static int scheduler(const char *text, Span word, int32_t *fields) {
  fields[0] = word.from;
  fields[1] = word.to;
  int length = word.to - word.from;
  for (int i = word.from; i < word.to; i++) {
    if (text[i] < 'a' || text[i] > 'z') return 0;
  }
  return length <= 15 && (length != 7 || memcmp(text + word.from, "ipvsadm", 7) != 0);
}

/// The field that a letter's value begins at; 0 for a letter that no plain line of this command has.
static int field_of(char command, char letter) {
  switch (letter) {
    case 't':
    case 'u': return 2;
    case 'r': return command == 'a' ? 5 : 0;
    case 'm':
    case 'g':
    case 'i': return command == 'a' ? 8 : 0;
    case 'w': return command == 'a' ? 9 : 0;
    case 's': return command == 'A' ? 10 : 0;
    case 'p': return command == 'A' ? 12 : 0;
    default: return 0;
  }
}

int host_scan_plain(const char *text, int length, int32_t *fields) {
  int at = 0;
  unsigned seen = 0;
  Span word;
  memset(fields, 0, PLAIN_FIELDS * sizeof *fields);
  fields[9] = -1;
  if (!next_word(text, length, &at, &word) || word.to - word.from != 2 || text[word.from] != '-') return 0;
  char command = text[word.from + 1];
  if (command != 'A' && command != 'a') return 0;
  fields[0] = command;
  while (next_word(text, length, &at, &word)) {
    if (word.to - word.from != 2 || text[word.from] != '-') return 0;
    char letter = text[word.from + 1];
    int field = field_of(command, letter);
    if (field == 0 || (seen & 1U << field) != 0) return 0;
    seen |= 1U << field;
    if (field == 8) {
      fields[8] = letter;
      continue;
    }
    if (field == 2) fields[1] = letter;
    if (!next_word(text, length, &at, &word)) return 0;
    switch (field) {
      case 9:
        if ((fields[9] = decimal(text, word, 9, 0)) < 0) return 0;
        break;
      case 10:
        if (!scheduler(text, word, fields + 10)) return 0;
        break;
      case 12:
        if ((fields[12] = decimal(text, word, 6, 1)) < 0) return 0;
        break;
      default:
        if (!endpoint(text, word, fields + field)) return 0;
    }
  }
  return (seen & 1U << 2) != 0 && (command == 'A' || (seen & 1U << 5) != 0);
}

static HOST_FUNCTION(scan_rule) {
  int32_t *fields = host_numbers(context, arguments[1], PLAIN_FIELDS, NULL);
  if (fields == NULL) return JS_FALSE;
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, arguments[0]);
  if (text == NULL) return JS_EXCEPTION;
  int plain = length <= INT32_MAX && host_scan_plain(text, (int)length, fields);
  JS_FreeCString(context, text);
  return JS_NewBool(context, plain);
}

const JSCFunctionListEntry host_scan[] = {
    JS_CFUNC_DEF("dottedQuad", 1, scan_quad),
    JS_CFUNC_DEF("splitWords", 1, scan_words),
    JS_CFUNC_DEF("scanRule", 2, scan_rule),
};
const int host_scan_count = sizeof host_scan / sizeof *host_scan;
