// Records of the kernel as objects, by the schema's rows. Common and well-formed input is handled
// here; everything else is left to lib/ipvs/codec.ts, which is complete and composes the errors.
#include <string.h>

#include "host.h"
#include "records.h"

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

static JSValue nested(JSContext *context, Row *row, const uint8_t *bytes, size_t length, int family) {
  const Plan *plan = record_nested(context, row);
  if (plan == NULL) return JS_HasException(context) ? JS_EXCEPTION : JS_UNDEFINED;
  return read_record(context, plan, bytes, bytes + length, family, 1, 1);
}

/// The value of a payload; undefined if it is left to the program, as a nest in a nest is.
static JSValue value_of(JSContext *context, Row *row, const uint8_t *bytes, size_t length, int family, int is_nested) {
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
    case NESTED: return is_nested ? JS_UNDEFINED : nested(context, row, bytes, length, family);
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
                       int observe, int is_nested, JSValue *values) {
  Attribute attribute;
  while (at < end) {
    if (!next_attribute(&at, end, &attribute)) return 0;
    if (attribute.type >= MOST_ATTRIBUTES) continue;
    Row *row = (Row *)&plan->row[attribute.type];
    if (row->form == IGNORED || (row->costly && !observe)) continue;
    if (row->length != 0 && row->length != attribute.length) return 0;
    JSValue value = value_of(context, row, attribute.payload, attribute.length, family, is_nested);
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
  int done = read_values(context, plan, at, end, record_family(plan, at, end, inherited), observe, only_group, values);
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

/// Reads the record between two positions: plan, bytes, start, end, family, whether observations count.
static HOST_FUNCTION(record_read) {
  const Plan *plan = record_plan(host_int(context, arguments[0]));
  Bytes bytes = host_bytes(context, arguments[1]);
  int start = host_int(context, arguments[2]), end = host_int(context, arguments[3]);
  if (plan == NULL || start < 0 || end < start || (size_t)end > bytes.length || bytes.data == NULL)
    return JS_UNDEFINED;
  return read_record(context, plan, bytes.data + start, bytes.data + end, host_int(context, arguments[4]),
                     JS_ToBool(context, arguments[5]), 0);
}

/// The records of a datagram of a dump: plan, bytes, sequence, port, attribute, family, whether observations count.
/// Undefined if one of its messages is left to the program: then all are.
static HOST_FUNCTION(record_read_all) {
  const Plan *plan = record_plan(host_int(context, arguments[0]));
  Bytes bytes = host_bytes(context, arguments[1]);
  uint32_t sequence = (uint32_t)host_int(context, arguments[2]), port = (uint32_t)host_int(context, arguments[3]);
  if (plan == NULL || bytes.data == NULL) return JS_UNDEFINED;
  JSValue records = JS_NewArray(context);
  uint32_t read = 0;
  for (size_t at = 0; at < bytes.length;) {
    Attribute found;
    JSValue record = JS_UNDEFINED;
    if (record_in_message(bytes.data + at, bytes.length - at, sequence, port, host_int(context, arguments[4]), &found)) {
      record = read_record(context, plan, found.payload, found.payload + found.length,
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

const JSCFunctionListEntry host_records[] = {
    JS_CFUNC_DEF("readRecord", 6, record_read),
    JS_CFUNC_DEF("readRecords", 7, record_read_all),
};
const int host_records_count = sizeof host_records / sizeof *host_records;
