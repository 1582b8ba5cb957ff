// Rows of listings and of saved rules, from the kernel's records to text without objects: lib/output/row-plan.ts says what
// a row is made of, lib/output/record-rows.ts what a list of rows is. A record that is not usual is left to the program.
#include <errno.h>
#include <string.h>

#include "rows.h"

typedef struct {
  const uint8_t *payload;
  size_t length;
  const Row *row;
} Value;

/// The values of a record: of each field the last one, and the counters.
typedef struct {
  Value value[MOST_FIELDS];
  uint64_t counter[MOST_COUNTERS];
  int counted, family;
} Record;

static int is_name(const uint8_t *bytes, size_t length) {
  const uint8_t *stop = memchr(bytes, 0, length);
  if (stop == NULL || stop - bytes > LONGEST_NAME) return 0;
  for (; bytes < stop; bytes++) {
    if (*bytes > 127) return 0;
  }
  return 1;
}

/// Reads nested counters; whether all are there.
static int read_counters(JSContext *context, Row *row, const uint8_t *at, const uint8_t *end, uint64_t *counter) {
  const Plan *plan = record_nested(context, row);
  if (plan == NULL || plan->fields > MOST_COUNTERS) return 0;
  uint32_t seen = 0;
  Attribute attribute;
  while (at < end) {
    if (!next_attribute(&at, end, &attribute)) return 0;
    if (attribute.type >= MOST_ATTRIBUTES) continue;
    const Row *own = &plan->row[attribute.type];
    if (own->form == IGNORED) continue;
    if (own->form != COUNTER || own->length != attribute.length) return 0;
    uint64_t number = little(attribute.payload, 4);
    if (attribute.length == 8) number |= (uint64_t)little(attribute.payload + 4, 4) << 32;
    counter[own->field] = number;
    seen |= 1U << own->field;
  }
  return seen == (1U << plan->fields) - 1;
}

/// Reads a record; whether it has all that it must have.
static int read_record(JSContext *context, const Plan *plan, const uint8_t *at, const uint8_t *end, const Dump *dump,
                       Record *record) {
  memset(record->value, 0, (size_t)plan->fields * sizeof(Value));
  record->counted = 0;
  Attribute attribute;
  while (at < end) {
    if (!next_attribute(&at, end, &attribute)) return 0;
    if (attribute.type >= MOST_ATTRIBUTES) continue;
    Row *row = (Row *)&plan->row[attribute.type];
    if (row->form == IGNORED || (row->costly && !dump->observe)) continue;
    // The program also reads a value that a later one replaces, and may refuse it.
    if (record->value[row->field].row == row) return 0;
    if (row->length != 0 && row->length != attribute.length) return 0;
    if (row->form > NESTED || (row->form == TEXT && !is_name(attribute.payload, attribute.length))) return 0;
    if (row->form == NESTED) {
      const uint8_t *stop = attribute.payload + attribute.length;
      if (!read_counters(context, row, attribute.payload, stop, record->counter)) return 0;
      record->counted = 1;
    }
    record->value[row->field] = (Value){attribute.payload, attribute.length, row};
  }
  record->family = dump->family;
  for (int i = 0; i < plan->fields; i++) {
    const Field *field = &plan->field[i];
    const Value *value = &record->value[i];
    if (field->is_family && value->length == 2) record->family = (int)little(value->payload, 2);
    if (value->row == NULL && field->required && !field->is_family && !field->has_absent) return 0;
  }
  return record->family == INET || record->family == INET6;
}

static uint32_t number_of(const Value *value) {
  const uint8_t *payload = value->payload;
  if (value->row->form == BIG_ENDIAN && value->length == 2) return (uint32_t)(payload[0] << 8 | payload[1]);
  if (value->row->form == TEXT) return (uint32_t)strlen((const char *)value->payload);
  uint32_t number = little(value->payload, value->length < 4 ? value->length : 4);
  return value->row->form == FLAGS || value->row->form == NAME ? number & value->row->mask : number;
}

static uint32_t big(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint8_t *put(uint8_t *out, const void *text, size_t length) {
  memcpy(out, text, length);
  return out + length;
}

static uint8_t *pad(uint8_t *start, uint8_t *out, int width) {
  long missing = width - (out - start);
  if (missing <= 0) return out;
  memset(out, ' ', (size_t)missing);
  return out + missing;
}

static uint8_t *put_endpoint(uint8_t *out, const RowPlan *plan, const Record *record) {
  const uint8_t *address = record->value[plan->address].payload;
  if (record->family == INET) {
    out = host_put_ipv4(out, big(address));
  } else {
    uint32_t groups[8];
    for (int i = 0; i < 8; i++) groups[i] = (uint32_t)(address[2 * i] << 8 | address[2 * i + 1]);
    *out++ = '[';
    out = host_put_ipv6(out, groups);
    *out++ = ']';
  }
  *out++ = ':';
  return host_put_decimal(out, number_of(&record->value[plan->port]));
}

/// A value as text; NULL if it has none.
static uint8_t *put_value(uint8_t *out, const RowPlan *plan, const Piece *piece, const Value *value) {
  uint32_t number = number_of(value);
  for (int i = 0; i < piece->names; i++) {
    const Name *name = &plan->name[piece->name + i];
    if (name->number == number) return put(out, plan->literal + name->at, name->length);
  }
  if (piece->names > 0) return NULL;
  switch (value->row->form) {
    case TEXT: return put(out, value->payload, number);
    case SIGNED:
      if (number <= INT32_MAX) return host_put_decimal(out, number);
      *out++ = '-';
      return host_put_decimal(out, -(int64_t)(int32_t)number);
    case UNSIGNED:
    case BIG_ENDIAN: return host_put_decimal(out, number);
    default: return NULL;
  }
}

/// A counter as lib/output/numbers.ts writes it.
static uint8_t *put_counter(uint8_t *out, uint64_t number, int whole) {
  uint8_t digits[20];
  int length = (int)(host_put_decimal(digits, number) - digits);
  int cut = whole || length <= COUNTER_WIDTH ? 0 : length <= 9 ? 3 : length <= 11 ? 6 : length <= 14 ? 9 : 12;
  if (cut == 0) *out++ = ' ';
  uint8_t *start = out;
  out = pad(start, out, COUNTER_WIDTH - (length - cut));
  out = put(out, digits, (size_t)(length - cut));
  if (cut > 0) *out++ = (uint8_t)"KMGT"[cut / 3 - 1];
  return out;
}

/// Writes the pieces from `*at` to the end, or to a PREFIX; NULL if the record is left to the program.
static uint8_t *put_pieces(uint8_t *out, const RowPlan *plan, int *at, const Record *record, const Dump *dump) {
  for (; *at < plan->pieces; ++*at) {
    const Piece *piece = &plan->piece[*at];
    const Value *value = &record->value[piece->field];
    uint8_t *start = out;
    switch (piece->form) {
      case LITERAL: out = put(out, plan->literal + piece->at, piece->length); break;
      case ENDPOINT: out = put_endpoint(out, plan, record); break;
      case VALUE:
        if (value->row == NULL || (out = put_value(out, plan, piece, value)) == NULL) return NULL;
        break;
      case COUNT:
        if (!record->counted) return NULL;
        out = put_counter(out, record->counter[piece->field], piece->skip);
        break;
      case BETWEEN: {
        uint32_t number = value->row == NULL ? piece->least : number_of(value) & piece->mask;
        if (number < piece->least || number > piece->most) return NULL;
        break;
      }
      case WHEN:
        if (value->row == NULL || (number_of(value) & piece->mask) == 0) *at += piece->skip;
        break;
      case SAME_PORT:
        if (value->row == NULL) return NULL;
        if (number_of(value) != piece->least && dump->service_port >= 0 &&
            (int)number_of(&record->value[plan->port]) != dump->service_port)
          return NULL;
        break;
      case HOST_NETMASK:
        if (value->row != NULL && number_of(value) != (record->family == INET ? UINT32_MAX : 128)) return NULL;
        break;
      default: ++*at; return out;
    }
    out = pad(start, out, piece->width);
  }
  return out;
}

/// The attributes of the fields of the first group as they are, in one attribute, as a request has them; NULL if there
/// are too many.
static uint8_t *put_identity(uint8_t *out, const Plan *plan, const Attribute *found) {
  const uint8_t *at = found->payload, *end = at + found->length;
  Attribute attribute;
  uint8_t *start = out;
  out += HEADER;
  for (const uint8_t *from = at; at < end && next_attribute(&at, end, &attribute); from = at) {
    if (attribute.type >= MOST_ATTRIBUTES || attribute.length > 16) continue;
    const Row *row = &plan->row[attribute.type];
    if (row->form == IGNORED || plan->field[row->field].group != 0) continue;
    if (out - start > LONGEST_IDENTITY) return NULL;
    out = put(out, from, HEADER + attribute.length);
    while ((out - start) % 4 != 0) *out++ = 0;
  }
  start[0] = (uint8_t)(out - start);
  start[1] = 0;
  start[2] = (uint8_t)found->type;
  start[3] = (uint8_t)(found->type >> 8);
  return out;
}

static void set_words(const RowPlan *plan, const Record *record, uint32_t *word) {
  const uint8_t *address = record->value[plan->address].payload;
  memset(word, 0, WORDS * sizeof *word);
  if (plan->protocol >= 0) {
    word[1] = record->family == INET ? 0 : 1;
    word[2] = number_of(&record->value[plan->protocol]);
    word += 3;
  }
  for (int i = 0; i < (record->family == INET ? 1 : 4); i++) word[i] = big(address + 4 * i);
  word[4] = number_of(&record->value[plan->port]);
}

/// Adds the row of a record; where its texts end, or NULL if the record is left to the program.
static uint8_t *add_row(JSContext *context, const RowPlan *plan, const Attribute *found, const Dump *dump,
                        const Bytes *prefix, uint8_t *out, Entry *entry) {
  const Plan *fields = record_plan(plan->record);
  const uint8_t *start = out;
  Record record;
  if (!read_record(context, fields, found->payload, found->payload + found->length, dump, &record)) return NULL;
  int is_service = plan->protocol >= 0;
  if (record.value[plan->address].row == NULL || record.value[plan->port].row == NULL) return NULL;
  if (is_service && (record.value[plan->mark].row != NULL || record.value[plan->protocol].row == NULL)) return NULL;
  // A server of the other family is in a tunnel.
  if (!is_service && record.family != dump->family) return NULL;
  set_words(plan, &record, entry->word);
  entry->family = (uint32_t)record.family;
  if (is_service && (out = put_identity(out, fields, found)) == NULL) return NULL;
  entry->identity = (uint16_t)(out - start);
  start = out;
  if (prefix->data != NULL) out = put(out, prefix->data, prefix->length);
  int piece = 0;
  if ((out = put_pieces(out, plan, &piece, &record, dump)) == NULL) return NULL;
  entry->line = (uint16_t)(out - start);
  start = out;
  if ((out = put_pieces(out, plan, &piece, &record, dump)) == NULL) return NULL;
  entry->prefix = (uint16_t)(out - start);
  return out;
}

int row_read(JSContext *context, const RowPlan *plan, Bytes datagram, const Dump *dump, Bytes prefix, List *list,
             Bytes texts) {
  uint32_t rows = list->head->count, used = list->head->used;
  for (size_t at = 0; at < datagram.length;) {
    Attribute found;
    const uint8_t *message = datagram.data + at;
    if (!record_in_message(message, datagram.length - at, dump->sequence, dump->port, dump->attribute, &found)) return 0;
    if (rows == list->room || texts.length - used < ROOM) return -ENOBUFS;
    Entry *entry = &list->entry[rows];
    const uint8_t *end = add_row(context, plan, &found, dump, &prefix, texts.data + used, entry);
    if (end == NULL) return JS_HasException(context) ? -1 : 0;
    entry->at = used;
    used = (uint32_t)(end - texts.data);
    rows++;
    at += (little(message, 4) + 3) & ~3U;
  }
  list->head->count = rows;
  list->head->used = used;
  return 1;
}

/// Adds the rows of a datagram: plan, bytes, numbers of the dump, beginning of each line, list, texts (row_read).
static HOST_FUNCTION(rows_read) {
  int number = host_int(context, arguments[0]);
  Bytes bytes = host_bytes(context, arguments[1]), numbers = host_bytes(context, arguments[2]);
  Bytes prefix = host_bytes(context, arguments[3]), texts = host_bytes(context, arguments[5]);
  List list;
  if (row_plan(number) == NULL || bytes.data == NULL || texts.data == NULL) return JS_NewInt32(context, -EINVAL);
  if (numbers.data == NULL || numbers.length < 6 * sizeof(int32_t) || prefix.length > LONGEST_PIECE)
    return JS_NewInt32(context, -EINVAL);
  if (!row_list(context, arguments[4], &list) || list.head->used > texts.length) return JS_NewInt32(context, -EINVAL);
  int32_t each[6];
  memcpy(each, numbers.data, sizeof each);
  Dump dump = {(uint32_t)each[0], (uint32_t)each[1], each[2], each[3], each[4], each[5]};
  int result = row_read(context, row_plan(number), bytes, &dump, prefix, &list, texts);
  return JS_HasException(context) ? JS_EXCEPTION : JS_NewInt32(context, result);
}

const JSCFunctionListEntry host_rows[] = {
    JS_CFUNC_DEF("readRows", 6, rows_read),
};
const int host_rows_count = sizeof host_rows / sizeof *host_rows;
