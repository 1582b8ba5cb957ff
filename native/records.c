// Records of the kernel as objects, and objects as attributes, by the schema's rows. Common and well-formed input is handled
// here; everything else is left to lib/ipvs/codec.ts, which is complete and composes the errors.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "records.h"

/// The longest text written here, without its NUL, and the longest attribute.
#define MOST_TEXT 15
#define LONGEST 24

static Plan plans[MOST_PLANS];
static int plan_count;

const Plan *record_plan(int number) { return number < 0 || number >= plan_count ? NULL : &plans[number]; }

static JSValue dotted(JSContext *context, const uint8_t *bytes) {
  uint8_t text[16];
  uint32_t number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
  return JS_NewStringLen(context, (const char *)text, (size_t)(host_put_ipv4(text, number) - text));
}

static JSValue read_record(JSContext *context, const Plan *plan, const uint8_t *at, const uint8_t *end, int family,
                           int observe, int only_group);

static JSValue text(JSContext *context, const uint8_t *bytes, size_t length) {
  const uint8_t *stop = memchr(bytes, 0, length);
  if (stop == NULL) return JS_UNDEFINED;
  for (const uint8_t *each = bytes; each < stop; each++) {
    if (*each > 127) return JS_UNDEFINED;
  }
  return JS_NewStringLen(context, (const char *)bytes, (size_t)(stop - bytes));
}

static JSValue name(JSContext *context, const Row *row, uint32_t number) {
  JSValue found = JS_GetPropertyUint32(context, row->argument, number & row->mask);
  return JS_IsUndefined(found) ? JS_DupValue(context, row->otherwise) : found;
}

const Plan *record_nested(JSContext *context, Row *row) {
  if (row->nested < 0) {
    JSValue made = JS_Call(context, row->argument, JS_UNDEFINED, 0, NULL);
    if (JS_IsException(made)) return NULL;
    row->nested = host_int(context, made);
  }
  return record_plan(row->nested);
}

static JSValue nested(JSContext *context, Row *row, const uint8_t *bytes, size_t length, int family) {
  const Plan *plan = record_nested(context, row);
  if (plan == NULL) return JS_HasException(context) ? JS_EXCEPTION : JS_UNDEFINED;
  return read_record(context, plan, bytes, bytes + length, family, 1, 1);
}

/// The value of a payload; undefined if it is left to the program.
static JSValue value_of(JSContext *context, Row *row, const uint8_t *bytes, size_t length, int family) {
  switch (row->form) {
    case UNSIGNED: return JS_NewUint32(context, little(bytes, length));
    case SIGNED: return JS_NewInt32(context, (int32_t)little(bytes, length));
    case BIG_ENDIAN: return JS_NewInt32(context, bytes[0] << 8 | bytes[1]);
    case COUNTER: {
      uint64_t number = little(bytes, 4);
      if (length == 8) number |= (uint64_t)little(bytes + 4, 4) << 32;
      return JS_NewBigUint64(context, number);
    }
    case TEXT: return text(context, bytes, length);
    case NAME: return name(context, row, little(bytes, length));
    case ADDRESS:
    case NETMASK: return family == INET ? dotted(context, bytes) : JS_UNDEFINED;
    case FLAGS: return JS_NewUint32(context, little(bytes, 4) & row->mask);
    case NESTED: return nested(context, row, bytes, length, family);
    default: return JS_UNDEFINED;
  }
}

int record_family(const Plan *plan, const uint8_t *at, const uint8_t *end, int inherited) {
  Attribute attribute;
  int family = inherited;
  while (plan->family_attribute != 0 && at < end && next_attribute(&at, end, &attribute)) {
    if (attribute.type == plan->family_attribute && attribute.length == 2) family = (int)little(attribute.payload, 2);
  }
  return family;
}

static int read_values(JSContext *context, const Plan *plan, const uint8_t *at, const uint8_t *end, int family,
                       int observe, JSValue *values) {
  Attribute attribute;
  while (at < end) {
    if (!next_attribute(&at, end, &attribute)) return 0;
    if (attribute.type >= MOST_ATTRIBUTES) continue;
    Row *row = (Row *)&plan->row[attribute.type];
    if (row->form == IGNORED || (row->costly && !observe)) continue;
    if (row->length != 0 && row->length != attribute.length) return 0;
    JSValue value = value_of(context, row, attribute.payload, attribute.length, family);
    if (JS_IsException(value)) return -1;
    if (JS_IsUndefined(value)) return 0;
    JS_FreeValue(context, values[row->field]);
    values[row->field] = value;
  }
  return 1;
}

/// Fills in the values of absent attributes; 0 if a required one is missing.
static int complete(JSContext *context, const Plan *plan, int inherited, JSValue *values) {
  for (int i = 0; i < plan->fields; i++) {
    const Field *field = &plan->field[i];
    if (!field->required || !JS_IsUndefined(values[i])) continue;
    if (field->is_family) values[i] = JS_NewString(context, inherited == INET ? "inet" : "inet6");
    else if (field->has_absent) values[i] = JS_DupValue(context, field->absent);
    else return 0;
  }
  return 1;
}

/// An object of the fields of one group. The values are the object's from then on.
static JSValue group_object(JSContext *context, const Plan *plan, int group, JSValue *values) {
  JSValue object = JS_NewObject(context);
  for (int i = 0; i < plan->fields; i++) {
    if (plan->field[i].group != group) continue;
    JS_DefinePropertyValue(context, object, plan->field[i].name, values[i], JS_PROP_C_W_E);
    values[i] = JS_UNDEFINED;
  }
  return object;
}

static JSValue read_record(JSContext *context, const Plan *plan, const uint8_t *at, const uint8_t *end, int inherited,
                           int observe, int only_group) {
  JSValue values[MOST_FIELDS];
  for (int i = 0; i < plan->fields; i++) values[i] = JS_UNDEFINED;
  int done = read_values(context, plan, at, end, record_family(plan, at, end, inherited), observe, values);
  if (done > 0) done = complete(context, plan, inherited, values);
  JSValue record = done < 0 ? JS_EXCEPTION : JS_UNDEFINED;
  if (done > 0 && only_group) {
    record = group_object(context, plan, 0, values);
  } else if (done > 0) {
    record = JS_NewObject(context);
    for (int group = 0; group < plan->groups; group++) {
      JSValue object = group_object(context, plan, group, values);
      JS_DefinePropertyValue(context, record, plan->group_names[group], object, JS_PROP_C_W_E);
    }
  }
  for (int i = 0; i < plan->fields; i++) JS_FreeValue(context, values[i]);
  return record;
}

static int int_property(JSContext *context, JSValueConst object, const char *key) {
  JSValue value = JS_GetPropertyStr(context, object, key);
  int number = JS_IsBool(value) ? JS_ToBool(context, value) : host_int(context, value);
  JS_FreeValue(context, value);
  return number;
}

static JSAtom atom_property(JSContext *context, JSValueConst object, const char *key) {
  JSValue value = JS_GetPropertyStr(context, object, key);
  JSAtom atom = JS_ValueToAtom(context, value);
  JS_FreeValue(context, value);
  return atom;
}

/// Whether the payloads of a form may have a length; 0 is any. The functions above read and write so many bytes.
static int is_length(int form, int length) {
  switch (form) {
    case UNSIGNED:
    case SIGNED:
    case NAME: return length == 1 || length == 2 || length == 4;
    case BIG_ENDIAN: return length == 2;
    case COUNTER: return length == 4 || length == 8;
    case ADDRESS: return length == 16;
    case NETMASK: return length == 4;
    case FLAGS: return length == 8;
    default: return length >= 0 && length <= UINT16_MAX;
  }
}

/// Makes a plan, which is kept until the process ends: names of groups, fields, rows, the family's attribute. Its number.
static HOST_FUNCTION(make_plan) {
  int groups = int_property(context, arguments[0], "length");
  int fields = int_property(context, arguments[1], "length");
  int rows = int_property(context, arguments[2], "length");
  JSValue invalid = JS_NewInt32(context, -EINVAL);
  if (plan_count == MOST_PLANS || groups < 0 || groups > MOST_GROUPS || fields < 0 || fields > MOST_FIELDS || rows < 0 ||
      rows > MOST_ATTRIBUTES || JS_HasException(context))
    return host_checked(context, invalid);
  Plan *plan = &plans[plan_count];
  memset(plan, 0, sizeof *plan);
  plan->groups = groups;
  plan->fields = fields;
  plan->family_attribute = host_int(context, arguments[3]);
  for (uint32_t i = 0; i < (uint32_t)groups; i++) {
    JSValue group = JS_GetPropertyUint32(context, arguments[0], i);
    plan->group_names[i] = JS_ValueToAtom(context, group);
    JS_FreeValue(context, group);
  }
  for (uint32_t i = 0; i < (uint32_t)fields; i++) {
    JSValue from = JS_GetPropertyUint32(context, arguments[1], i);
    plan->field[i] = (Field){
        .name = atom_property(context, from, "name"),
        .group = (uint8_t)int_property(context, from, "group"),
        .required = (uint8_t)int_property(context, from, "required"),
        .is_family = (uint8_t)int_property(context, from, "isFamily"),
        .has_absent = (uint8_t)int_property(context, from, "hasAbsent"),
        .absent = JS_GetPropertyStr(context, from, "absent"),
    };
    JS_FreeValue(context, from);
  }
  for (uint32_t i = 0; i < (uint32_t)rows; i++) {
    JSValue from = JS_GetPropertyUint32(context, arguments[2], i);
    int attribute = int_property(context, from, "attribute"), field = int_property(context, from, "field");
    int form = int_property(context, from, "form"), length = int_property(context, from, "length");
    if (!is_length(form, length)) {
      JS_FreeValue(context, from);
      return host_checked(context, invalid);
    }
    if (attribute > 0 && attribute < MOST_ATTRIBUTES && field >= 0 && field < fields) {
      Field *own = &plan->field[field];
      own->attribute = own->attributes++ == 0 ? (uint8_t)attribute : 0;
      plan->row[attribute] = (Row){
          .form = (uint8_t)form,
          .field = (uint8_t)field,
          .costly = (uint8_t)int_property(context, from, "costly"),
          .length = (uint16_t)length,
          .mask = (uint32_t)int_property(context, from, "mask"),
          .argument = JS_GetPropertyStr(context, from, "argument"),
          .otherwise = JS_GetPropertyStr(context, from, "otherwise"),
          .nested = -1,
      };
    }
    JS_FreeValue(context, from);
  }
  return JS_HasException(context) ? JS_EXCEPTION : JS_NewInt32(context, plan_count++);
}

/// Reads the record between two positions: plan, bytes, start, end, family, whether observations count.
static HOST_FUNCTION(record_read) {
  int plan = host_int(context, arguments[0]);
  Bytes bytes = host_bytes(context, arguments[1]);
  int start = host_int(context, arguments[2]), end = host_int(context, arguments[3]);
  if (plan < 0 || plan >= plan_count || start < 0 || end < start || (size_t)end > bytes.length || bytes.data == NULL)
    return JS_UNDEFINED;
  return read_record(context, &plans[plan], bytes.data + start, bytes.data + end, host_int(context, arguments[4]),
                     JS_ToBool(context, arguments[5]), 0);
}

/// The records of a datagram of a dump: plan, bytes, sequence, port, attribute, family, whether observations count.
/// Undefined if one of its messages is left to the program: then all are.
static HOST_FUNCTION(record_read_all) {
  int plan = host_int(context, arguments[0]);
  Bytes bytes = host_bytes(context, arguments[1]);
  uint32_t sequence = (uint32_t)host_int(context, arguments[2]), port = (uint32_t)host_int(context, arguments[3]);
  if (plan < 0 || plan >= plan_count || bytes.data == NULL) return JS_UNDEFINED;
  JSValue records = JS_NewArray(context);
  uint32_t read = 0;
  for (size_t at = 0; at < bytes.length;) {
    Attribute found;
    JSValue record = JS_UNDEFINED;
    if (record_in_message(bytes.data + at, bytes.length - at, sequence, port, host_int(context, arguments[4]), &found)) {
      record = read_record(context, &plans[plan], found.payload, found.payload + found.length,
                           host_int(context, arguments[5]), JS_ToBool(context, arguments[6]), 0);
    }
    if (!JS_IsObject(record)) {
      JS_FreeValue(context, records);
      return record;
    }
    if (JS_DefinePropertyValueUint32(context, records, read++, record, JS_PROP_C_W_E) < 0) {
      JS_FreeValue(context, records);
      return JS_EXCEPTION;
    }
    at += (little(bytes.data + at, 4) + 3) & ~3U;
  }
  return records;
}

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
  int64_t length = int_property(context, row->argument, "length"), found = -1;
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
  int number = host_int(context, arguments[0]), start = host_int(context, arguments[3]);
  Bytes bytes = host_bytes(context, arguments[2]);
  if (number < 0 || number >= plan_count || start < 0 || (size_t)start > bytes.length || bytes.data == NULL)
    return JS_NewInt32(context, -1);
  const Plan *plan = &plans[number];
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
    if (stop == NULL) return JS_NewInt32(context, -1);
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

const JSCFunctionListEntry host_records[] = {
    JS_CFUNC_DEF("recordPlan", 4, make_plan),
    JS_CFUNC_DEF("readRecord", 6, record_read),
    JS_CFUNC_DEF("readRecords", 7, record_read_all),
    JS_CFUNC_DEF("writeRecord", 4, record_write),
    JS_CFUNC_DEF("sameRecord", 3, record_same),
};
const int host_records_count = sizeof host_records / sizeof *host_records;
