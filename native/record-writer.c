// Objects as attributes, and objects compared, by the schema's rows. What is not common is left to
// lib/ipvs/codec.ts.
#include <string.h>

#include "records.h"

/// The longest text written here, without its NUL, and the longest attribute.
#define MOST_TEXT 15
#define LONGEST 24

static uint8_t *put(uint8_t *at, uint32_t number, size_t length) {
  for (size_t i = 0; i < length; i++, number >>= 8) *at++ = (uint8_t)number;
  return at;
}

static uint8_t *put_text(JSContext *context, uint8_t *at, JSValueConst value, int is_address) {
  size_t length;
  const char *characters = JS_IsString(value) ? JS_ToCStringLen(context, &length, value) : NULL;
  if (characters == NULL) return NULL;
  if (is_address) {
    int64_t number = host_dotted_quad(characters, length);
    if (number < 0) at = NULL;
    for (int shift = 24; at != NULL && shift >= 0; shift -= 8) *at++ = (uint8_t)(number >> shift);
  } else if (length > MOST_TEXT || memchr(characters, 0, length) != NULL) {
    at = NULL;
  } else {
    memcpy(at, characters, length);
    at += length;
    *at++ = 0;
  }
  JS_FreeCString(context, characters);
  return at;
}

/// The number of a name; -1 if there is none.
static int64_t number_of_name(JSContext *context, const Row *row, JSValueConst value) {
  int64_t length = record_int(context, row->argument, "length"), found = -1;
  for (uint32_t i = 0; found < 0 && i < length; i++) {
    JSValue each = JS_GetPropertyUint32(context, row->argument, i);
    if (JS_StrictEq(context, each, value)) found = i;
    JS_FreeValue(context, each);
  }
  return found;
}

/// Writes a value as a payload; gives its end, or NULL if it is left to the program.
static uint8_t *put_value(JSContext *context, const Row *row, uint8_t *at, JSValueConst value) {
  int64_t number = 0;
  if (JS_IsNumber(value) && JS_ToInt64(context, &number, value) < 0) return NULL;
  switch (row->form) {
    case UNSIGNED:
    case SIGNED: return JS_IsNumber(value) ? put(at, (uint32_t)number, row->length) : NULL;
    case BIG_ENDIAN:
      if (!JS_IsNumber(value)) return NULL;
      at = put(at, (uint32_t)(number >> 8), 1);
      return put(at, (uint32_t)number, 1);
    case FLAGS: return JS_IsNumber(value) ? put(put(at, (uint32_t)number, 4), UINT32_MAX, 4) : NULL;
    case TEXT: return put_text(context, at, value, 0);
    case NETMASK: return put_text(context, at, value, 1);
    case ADDRESS:
      at = put_text(context, at, value, 1);
      return at ? memset(at, 0, 12), at + 12 : NULL;
    case NAME: number = number_of_name(context, row, value); return number < 0 ? NULL : put(at, (uint32_t)number, row->length);
    default: return NULL;
  }
}

/// Writes the attributes of a group's values: plan, values, bytes, position. Gives their end, or -1 if they are left to the program.
static HOST_FUNCTION(record_write) {
  const Plan *plan = record_plan(host_int(context, arguments[0]));
  int start = host_int(context, arguments[3]);
  Bytes bytes = host_bytes(context, arguments[2]);
  if (plan == NULL || start < 0 || (size_t)start > bytes.length || bytes.data == NULL)
    return JS_NewInt32(context, -1);
  uint8_t *at = bytes.data + start, *end = bytes.data + bytes.length;
  for (int i = 0; i < plan->fields; i++) {
    const Field *field = &plan->field[i];
    JSValue value = JS_GetProperty(context, arguments[1], field->name);
    if (JS_IsException(value)) return value;
    if (JS_IsUndefined(value) || (field->has_absent && JS_StrictEq(context, field->absent, value))) {
      JS_FreeValue(context, value);
      continue;
    }
    uint8_t *payload = at + HEADER, *stop = NULL;
    if (field->attribute != 0 && end - at >= LONGEST) {
      stop = put_value(context, &plan->row[field->attribute], payload, value);
    }
    JS_FreeValue(context, value);
    if (stop == NULL) return host_checked(context, JS_NewInt32(context, -1));
    put(at, (uint32_t)(stop - at), 2);
    put(at + 2, field->attribute, 2);
    for (at = stop; (at - payload) % 4 != 0;) *at++ = 0;
  }
  return JS_NewInt32(context, (int32_t)(at - bytes.data));
}

/// Whether two objects have the same values of a group's fields: plan, objects.
static HOST_FUNCTION(record_same) {
  const Plan *plan = record_plan(host_int(context, arguments[0]));
  int same = plan != NULL;
  for (int i = 0; same && i < plan->fields; i++) {
    JSValue own = JS_GetProperty(context, arguments[1], plan->field[i].name);
    JSValue other = JS_GetProperty(context, arguments[2], plan->field[i].name);
    same = JS_StrictEq(context, own, other);
    JS_FreeValue(context, own);
    JS_FreeValue(context, other);
  }
  return host_checked(context, JS_NewBool(context, same));
}

const JSCFunctionListEntry host_record_writer[] = {
    JS_CFUNC_DEF("writeRecord", 4, record_write),
    JS_CFUNC_DEF("sameRecord", 3, record_same),
};
const int host_record_writer_count = sizeof host_record_writer / sizeof *host_record_writer;
