// Plans of records, which the program makes of its schema's rows.
#include <errno.h>
#include <string.h>

#include "records.h"

static Plan plans[MOST_PLANS];
static int plan_count;

const Plan *record_plan(int number) { return number < 0 || number >= plan_count ? NULL : &plans[number]; }

const Plan *record_nested(JSContext *context, Row *row) {
  if (row->nested < 0) {
    JSValue made = JS_Call(context, row->argument, JS_UNDEFINED, 0, NULL);
    if (JS_IsException(made)) return NULL;
    row->nested = host_int(context, made);
  }
  return record_plan(row->nested);
}

int record_int(JSContext *context, JSValueConst object, const char *key) {
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

/// Whether the payloads of a form may have a length; 0 is any. records.c and record-writer.c read and write so many bytes.
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
  int groups = record_int(context, arguments[0], "length");
  int fields = record_int(context, arguments[1], "length");
  int rows = record_int(context, arguments[2], "length");
  JSValue invalid = JS_NewInt32(context, -EINVAL);
  if (plan_count == MOST_PLANS || groups < 0 || groups > MOST_GROUPS || fields < 0 || fields > MOST_FIELDS || rows < 0 ||
      rows > MOST_ATTRIBUTES || JS_HasException(context))
    return host_checked(context, invalid);
  // The values that it is made of may make others.
  Plan made = {.groups = groups, .fields = fields, .family_attribute = host_int(context, arguments[3])}, *plan = &made;
  for (uint32_t i = 0; i < (uint32_t)groups; i++) {
    JSValue group = JS_GetPropertyUint32(context, arguments[0], i);
    plan->group_names[i] = JS_ValueToAtom(context, group);
    JS_FreeValue(context, group);
  }
  for (uint32_t i = 0; i < (uint32_t)fields; i++) {
    JSValue from = JS_GetPropertyUint32(context, arguments[1], i);
    plan->field[i] = (Field){
        .name = atom_property(context, from, "name"),
        .group = (uint8_t)record_int(context, from, "group"),
        .required = (uint8_t)record_int(context, from, "required"),
        .is_family = (uint8_t)record_int(context, from, "isFamily"),
        .has_absent = (uint8_t)record_int(context, from, "hasAbsent"),
        .absent = JS_GetPropertyStr(context, from, "absent"),
    };
    JS_FreeValue(context, from);
  }
  for (uint32_t i = 0; i < (uint32_t)rows; i++) {
    JSValue from = JS_GetPropertyUint32(context, arguments[2], i);
    int attribute = record_int(context, from, "attribute"), field = record_int(context, from, "field");
    int form = record_int(context, from, "form"), length = record_int(context, from, "length");
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
          .costly = (uint8_t)record_int(context, from, "costly"),
          .length = (uint16_t)length,
          .mask = (uint32_t)record_int(context, from, "mask"),
          .argument = JS_GetPropertyStr(context, from, "argument"),
          .otherwise = JS_GetPropertyStr(context, from, "otherwise"),
          .nested = -1,
      };
    }
    JS_FreeValue(context, from);
  }
  if (plan_count == MOST_PLANS || JS_HasException(context)) return host_checked(context, invalid);
  plans[plan_count] = made;
  return JS_NewInt32(context, plan_count++);
}

const JSCFunctionListEntry host_record_plans[] = {JS_CFUNC_DEF("recordPlan", 4, make_plan)};
const int host_record_plans_count = 1;
