// Rows of listings and of saved rules, from the kernel's records to text without objects: lib/output/row-plan.ts says what
// a row is made of, lib/output/record-rows.ts what a list of rows is. A record that is not usual is left to the program.
#include <errno.h>
#include <string.h>

#include "row-records.h"
#include "rows.h"

static uint32_t big(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint8_t *put(uint8_t *out, const void *text, size_t length) {
  memcpy(out, text, length);
  return out + length;
}

/// Copies a text of a plan, with what follows it.
static uint8_t *put_literal(uint8_t *out, const char *text, size_t length) {
  memcpy(out, text, LONGEST_NAME);
  return out + length;
}

/// Fills up to a width, which is at most LONGEST_PIECE, and writes so many bytes.
static uint8_t *pad(uint8_t *start, uint8_t *out, int width) {
  if (out - start >= width) return out;
  memset(out, ' ', LONGEST_PIECE);
  return start + width;
}

static uint8_t *put_endpoint(uint8_t *out, const RowPlan *plan, const Record *record) {
  const uint8_t *address = record->start + record->value[plan->address].at;
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
  return host_put_decimal(out, number_of(record, &record->value[plan->port]));
}

/// A value as text; NULL if it has none.
static uint8_t *put_value(uint8_t *out, const RowPlan *plan, const Piece *piece, const Record *record,
                          const Value *value) {
  uint32_t number = number_of(record, value);
  for (int i = 0; i < piece->names; i++) {
    const Name *name = &plan->name[piece->name + i];
    if (name->number == number) return put_literal(out, plan->literal + name->at, name->length);
  }
  if (piece->names > 0) return NULL;
  switch (value->row->form) {
    case TEXT: return put(out, record->start + value->at, number);
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
  int place = *at;
  for (; place < plan->pieces; place++) {
    const Piece *piece = &plan->piece[place];
    const Value *value = &record->value[piece->field];
    uint8_t *start = out;
    switch (piece->form) {
      case LITERAL: out = put_literal(out, plan->literal + piece->at, piece->length); break;
      case ENDPOINT: out = put_endpoint(out, plan, record); break;
      case VALUE:
        if (value->row == NULL || (out = put_value(out, plan, piece, record, value)) == NULL) return NULL;
        break;
      case COUNT:
        if (!record->counted) return NULL;
        out = put_counter(out, counter_of(record, &record->counter[piece->field]), piece->skip);
        break;
      case BETWEEN: {
        uint32_t number = value->row == NULL ? piece->least : number_of(record, value) & piece->mask;
        if (number < piece->least || number > piece->most) return NULL;
        break;
      }
      case WHEN:
        if (value->row == NULL || (number_of(record, value) & piece->mask) == 0) place += piece->skip;
        break;
      case SAME_PORT:
        if (value->row == NULL) return NULL;
        if (number_of(record, value) != piece->least && dump->service_port >= 0 &&
            (int)number_of(record, &record->value[plan->port]) != dump->service_port)
          return NULL;
        break;
      case HOST_NETMASK:
        if (value->row != NULL && number_of(record, value) != (record->family == INET ? UINT32_MAX : 128)) return NULL;
        break;
      default: *at = place + 1; return out;
    }
    out = pad(start, out, piece->width);
  }
  *at = place;
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
  const uint8_t *address = record->start + record->value[plan->address].at;
  memset(word, 0, WORDS * sizeof *word);
  if (plan->protocol >= 0) {
    word[1] = record->family == INET ? 0 : 1;
    word[2] = number_of(record, &record->value[plan->protocol]);
    word += 3;
  }
  for (int i = 0; i < (record->family == INET ? 1 : 4); i++) word[i] = big(address + 4 * i);
  word[4] = number_of(record, &record->value[plan->port]);
}

/// Adds the row of a record; where its texts end, or NULL if the record is left to the program.
static uint8_t *add_row(JSContext *context, const RowPlan *plan, const Attribute *found, const Dump *dump,
                        const Bytes *prefix, uint8_t *out, Entry *entry, Record *record) {
  const Plan *fields = record_plan(plan->record);
  const uint8_t *start = out;
  if (!row_record(context, fields, found, dump->family, dump->observe, record)) return NULL;
  int is_service = plan->protocol >= 0;
  if (record->value[plan->address].row == NULL || record->value[plan->port].row == NULL) return NULL;
  if (is_service && (record->value[plan->mark].row != NULL || record->value[plan->protocol].row == NULL)) return NULL;
  // A server of the other family is in a tunnel.
  if (!is_service && record->family != dump->family) return NULL;
  set_words(plan, record, entry->word);
  entry->family = (uint32_t)record->family;
  if (is_service && (out = put_identity(out, fields, found)) == NULL) return NULL;
  entry->identity = (uint16_t)(out - start);
  start = out;
  if (prefix->data != NULL) out = put(out, prefix->data, prefix->length);
  int piece = 0;
  if ((out = put_pieces(out, plan, &piece, record, dump)) == NULL) return NULL;
  entry->line = (uint16_t)(out - start);
  start = out;
  if ((out = put_pieces(out, plan, &piece, record, dump)) == NULL) return NULL;
  entry->prefix = (uint16_t)(out - start);
  return out;
}

int row_read(JSContext *context, const RowPlan *plan, Bytes datagram, const Dump *dump, Bytes prefix, List *list,
             Bytes texts, Record *record) {
  uint32_t rows = list->head->count, used = list->head->used;
  for (size_t at = 0; at < datagram.length;) {
    Attribute found;
    const uint8_t *message = datagram.data + at;
    if (!record_in_message(message, datagram.length - at, dump->sequence, dump->port, dump->attribute, &found)) return 0;
    if (rows == list->room || texts.length - used < ROOM) return -ENOBUFS;
    Entry *entry = &list->entry[rows];
    const uint8_t *end = add_row(context, plan, &found, dump, &prefix, texts.data + used, entry, record);
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
  Bytes bytes = host_bytes(context, arguments[1]);
  const int32_t *each = host_numbers(context, arguments[2], 6, NULL);
  Bytes prefix = host_bytes(context, arguments[3]), texts = host_bytes(context, arguments[5]);
  List list;
  if (row_plan(number) == NULL || bytes.data == NULL || texts.data == NULL) return JS_NewInt32(context, -EINVAL);
  if (each == NULL || prefix.length > LONGEST_PIECE) return JS_NewInt32(context, -EINVAL);
  if (!row_list(context, arguments[4], &list) || list.head->used > texts.length) return JS_NewInt32(context, -EINVAL);
  Dump dump = {(uint32_t)each[0], (uint32_t)each[1], each[2], each[3], each[4], each[5]};
  Record record = {0};
  int result = row_read(context, row_plan(number), bytes, &dump, prefix, &list, texts, &record);
  return host_checked(context, JS_NewInt32(context, result));
}

const JSCFunctionListEntry host_rows[] = {
    JS_CFUNC_DEF("readRows", 6, rows_read),
};
const int host_rows_count = sizeof host_rows / sizeof *host_rows;
