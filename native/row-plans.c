// Plans of rows, which the program makes of its tables.
#include <errno.h>
#include <string.h>

#include "rows.h"

static RowPlan row_plans[MOST_ROW_PLANS];
static int row_plan_count;

const RowPlan *row_plan(int number) { return number < 0 || number >= row_plan_count ? NULL : &row_plans[number]; }

static int64_t property(JSContext *context, JSValueConst object, const char *key) {
  JSValue value = JS_GetPropertyStr(context, object, key);
  int64_t number = 0;
  if (JS_IsNumber(value)) JS_ToInt64(context, &number, value);
  JS_FreeValue(context, value);
  return number;
}

/// Keeps a text of a plan; its place, or -1 if there is no room for it. The text is given back.
static int keep(JSContext *context, RowPlan *plan, JSValue value, uint16_t *length) {
  size_t size;
  const char *text = JS_ToCStringLen(context, &size, value);
  int at = plan->literals;
  if (text == NULL || size > LONGEST_NAME || size > (size_t)(MOST_LITERALS - at)) {
    at = -1;
  } else {
    memcpy(plan->literal + at, text, size);
    *length = (uint16_t)size;
    plan->literals += (int)size;
  }
  if (text != NULL) JS_FreeCString(context, text);
  JS_FreeValue(context, value);
  return at;
}

/// The names of a piece, pairs of a number and a text; whether there is room for them.
static int keep_names(JSContext *context, RowPlan *plan, JSValueConst names, Piece *piece) {
  int64_t pairs = property(context, names, "length") / 2;
  if (pairs < 0 || pairs > MOST_NAMES - plan->names) return 0;
  piece->name = (uint8_t)plan->names;
  piece->names = (uint8_t)pairs;
  for (uint32_t i = 0; i < pairs; i++) {
    Name *name = &plan->name[plan->names++];
    JSValue number = JS_GetPropertyUint32(context, names, 2 * i);
    name->number = (uint32_t)host_int(context, number);
    JS_FreeValue(context, number);
    int at = keep(context, plan, JS_GetPropertyUint32(context, names, 2 * i + 1), &name->length);
    if (at < 0) return 0;
    name->at = (uint16_t)at;
  }
  return 1;
}

/// Reads a piece of a plan; whether it is one.
static int read_piece(JSContext *context, RowPlan *plan, JSValueConst from, Piece *piece) {
  int fields = record_plan(plan->record)->fields;
  int64_t form = property(context, from, "form"), field = property(context, from, "field");
  int64_t width = property(context, from, "width"), skip = property(context, from, "skip");
  if (form < LITERAL || form > PREFIX || width < 0 || width > LONGEST_PIECE || skip < 0 || skip > MOST_PIECES) return 0;
  if (field < 0 || field >= (form == COUNT ? MOST_COUNTERS : fields)) return 0;
  *piece = (Piece){
      .form = (uint8_t)form,
      .field = (uint8_t)field,
      .width = (uint8_t)width,
      .skip = (uint8_t)skip,
      .mask = (uint32_t)property(context, from, "mask"),
      .least = (uint32_t)property(context, from, "least"),
      .most = (uint32_t)property(context, from, "most"),
  };
  if (form == LITERAL) {
    int at = keep(context, plan, JS_GetPropertyStr(context, from, "text"), &piece->length);
    piece->at = (uint16_t)at;
    return at >= 0;
  }
  JSValue names = JS_GetPropertyStr(context, from, "names");
  int kept = !JS_IsObject(names) || keep_names(context, plan, names, piece);
  JS_FreeValue(context, names);
  return kept;
}

/// Makes a plan of rows, which is kept until the process ends: plan of the records, pieces, and fields for the words:
/// address, port, protocol, mark. Its number, or -EINVAL if it is not one.
static HOST_FUNCTION(make_row_plan) {
  JSValue invalid = JS_NewInt32(context, -EINVAL);
  int record = host_int(context, arguments[0]);
  int64_t pieces = property(context, arguments[1], "length");
  if (JS_HasException(context)) return JS_EXCEPTION;
  if (record_plan(record) == NULL || row_plan_count == MOST_ROW_PLANS || pieces > MOST_PIECES) return invalid;
  int field[4];
  for (int i = 0; i < 4; i++) {
    field[i] = host_int(context, arguments[2 + i]);
    if (field[i] < (i < 2 ? 0 : -1) || field[i] >= record_plan(record)->fields) return invalid;
  }
  if ((field[2] < 0) != (field[3] < 0)) return invalid;
  for (int i = 0; i < MOST_ATTRIBUTES; i++) {
    const Row *row = &record_plan(record)->row[i];
    if (row->form == IGNORED) continue;
    if (row->field == field[0] && (row->form != ADDRESS || row->length != ADDRESS_SIZE)) return invalid;
    if (row->field == field[1] && (row->form != BIG_ENDIAN || row->length != sizeof(uint16_t))) return invalid;
  }
  // The values that it is made of may make others.
  RowPlan made = {.record = record, .address = field[0], .port = field[1], .protocol = field[2], .mark = field[3]};
  for (uint32_t i = 0; i < pieces; i++) {
    JSValue from = JS_GetPropertyUint32(context, arguments[1], i);
    int kept = read_piece(context, &made, from, &made.piece[i]);
    JS_FreeValue(context, from);
    if (!kept || JS_HasException(context)) return host_checked(context, invalid);
    made.pieces++;
  }
  if (row_plan_count == MOST_ROW_PLANS) return invalid;
  row_plans[row_plan_count] = made;
  return JS_NewInt32(context, row_plan_count++);
}

const JSCFunctionListEntry host_row_plans[] = {
    JS_CFUNC_DEF("rowPlan", 6, make_row_plan),
};
const int host_row_plans_count = sizeof host_row_plans / sizeof *host_row_plans;
