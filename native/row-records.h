// Records that rows are made of: which attributes are there, and where.
#ifndef ROW_RECORDS_H
#define ROW_RECORDS_H

#include "records.h"

#define MOST_COUNTERS 16
/// The most attributes of a record, nested ones included.
#define MOST_HEADERS 96
/// The longest text of a kernel's name.
#define LONGEST_NAME 32

/// A value: the row of its attribute, or NULL if there is none, and the place of its payload in the record.
typedef struct {
  const Row *row;
  uint16_t at, length;
} Value;

/// The first word of an attribute, its length and its type, and its place in the record.
typedef struct {
  uint32_t word;
  uint16_t at, is_text;
} AttributeHeader;

/// A record: of each field the last value, and the counters. The headers are kept for the next record: most have the same
/// ones at the same places, and so their values.
typedef struct {
  const uint8_t *start;
  size_t length;
  int family, family_field, counted, headers;
  AttributeHeader header[MOST_HEADERS];
  Value value[MOST_FIELDS], counter[MOST_COUNTERS];
} Record;

/// Reads a record; whether it is usual, and has all that it must have. `record` has no headers, or is the one before, which
/// was read by the same plan, with or without observations as this one.
int row_record(JSContext *context, const Plan *plan, const Attribute *found, int inherited, int observe, Record *record);

static inline uint32_t number_of(const Record *record, const Value *value) {
  const uint8_t *payload = record->start + value->at;
  if (value->row->form == TEXT) return (uint32_t)strlen((const char *)payload);
  if (value->row->form == BIG_ENDIAN && value->length == 2) return (uint32_t)(payload[0] << 8 | payload[1]);
  uint32_t number = little(payload, value->length < 4 ? value->length : 4);
  return value->row->form == FLAGS || value->row->form == NAME ? number & value->row->mask : number;
}

static inline uint64_t counter_of(const Record *record, const Value *counter) {
  const uint8_t *payload = record->start + counter->at;
  uint64_t number = little(payload, 4);
  return counter->length == 8 ? number | (uint64_t)little(payload + 4, 4) << 32 : number;
}

#endif
