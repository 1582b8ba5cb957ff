// Records that rows are made of. A record that is not usual is left to the program.
#include "row-records.h"

#include <string.h>

static int is_name(const uint8_t *bytes, size_t length) {
  const uint8_t *stop = memchr(bytes, 0, length);
  if (stop == NULL || stop - bytes > LONGEST_NAME) return 0;
  for (; bytes < stop; bytes++) {
    if (*bytes > 127) return 0;
  }
  return 1;
}

/// Takes the next attribute and keeps its header, if there is one and room for it.
static AttributeHeader *next_header(Record *record, const uint8_t **at, const uint8_t *end, Attribute *attribute) {
  const uint8_t *from = *at;
  if (record->headers == MOST_HEADERS || !next_attribute(at, end, attribute)) return NULL;
  AttributeHeader *header = &record->header[record->headers++];
  *header = (AttributeHeader){little(from, HEADER), (uint16_t)(from - record->start), 0};
  return header;
}

static Value value_of(const Record *record, const Row *row, const Attribute *attribute) {
  return (Value){row, (uint16_t)(attribute->payload - record->start), (uint16_t)attribute->length};
}

/// Finds nested counters; whether all are there.
static int find_counters(JSContext *context, Row *row, const Attribute *nest, Record *record) {
  const Plan *plan = record_nested(context, row);
  if (plan == NULL || plan->fields > MOST_COUNTERS) return 0;
  uint32_t seen = 0;
  Attribute attribute;
  for (const uint8_t *at = nest->payload, *end = at + nest->length; at < end;) {
    if (next_header(record, &at, end, &attribute) == NULL) return 0;
    if (attribute.type >= MOST_ATTRIBUTES) continue;
    const Row *own = &plan->row[attribute.type];
    if (own->form == IGNORED) continue;
    if (own->form != COUNTER || own->length != attribute.length) return 0;
    record->counter[own->field] = value_of(record, own, &attribute);
    seen |= 1U << own->field;
  }
  return seen == (1U << plan->fields) - 1;
}

/// Finds the values of a record; whether all are there that must be.
static int find_values(JSContext *context, const Plan *plan, int observe, Record *record) {
  memset(record->value, 0, (size_t)plan->fields * sizeof(Value));
  record->counted = 0;
  record->family_field = -1;
  Attribute attribute;
  for (const uint8_t *at = record->start, *end = at + record->length; at < end;) {
    AttributeHeader *header = next_header(record, &at, end, &attribute);
    if (header == NULL) return 0;
    if (attribute.type >= MOST_ATTRIBUTES) continue;
    Row *row = (Row *)&plan->row[attribute.type];
    if (row->form == IGNORED || (row->costly && !observe)) continue;
    // The program also reads a value that a later one replaces, and may refuse it.
    if (record->value[row->field].row == row) return 0;
    if (row->length != 0 && row->length != attribute.length) return 0;
    header->is_text = row->form == TEXT;
    if (row->form > NESTED || (header->is_text && !is_name(attribute.payload, attribute.length))) return 0;
    if (row->form == NESTED) {
      if (!find_counters(context, row, &attribute, record)) return 0;
      record->counted = 1;
    }
    record->value[row->field] = value_of(record, row, &attribute);
  }
  for (int i = 0; i < plan->fields; i++) {
    const Field *field = &plan->field[i];
    if (field->is_family && record->value[i].length == 2) record->family_field = i;
    if (record->value[i].row == NULL && field->required && !field->is_family && !field->has_absent) return 0;
  }
  return 1;
}

/// Whether the headers are those of the record before, so that the places of its values hold.
static int has_same_headers(const Record *record, const Attribute *found) {
  if (record->headers == 0 || record->length != found->length) return 0;
  for (int i = 0; i < record->headers; i++) {
    const AttributeHeader *header = &record->header[i];
    const uint8_t *at = found->payload + header->at;
    if (little(at, HEADER) != header->word) return 0;
    if (header->is_text && !is_name(at + HEADER, little(at, 2) - HEADER)) return 0;
  }
  return 1;
}

int row_record(JSContext *context, const Plan *plan, const Attribute *found, int inherited, int observe, Record *record) {
  int is_same = has_same_headers(record, found);
  record->start = found->payload;
  if (!is_same) {
    record->length = found->length;
    record->headers = 0;
    if (!find_values(context, plan, observe, record)) {
      record->headers = 0;
      return 0;
    }
  }
  int family = record->family_field;
  record->family = family < 0 ? inherited : (int)little(record->start + record->value[family].at, 2);
  return record->family == INET || record->family == INET6;
}
