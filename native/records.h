// Records of the kernel: how they are laid out, by the schema's rows. records.c makes objects of them, record-writer.c attributes of
// objects, rows.c text.
#ifndef RECORDS_H
#define RECORDS_H

#include <string.h>

#include "host.h"

#define HEADER 4
#define TYPE_MASK 0x3fff
#define MOST_ATTRIBUTES 64
#define MOST_FIELDS 48
#define MOST_GROUPS 4
#define MOST_PLANS 16
#define INET 2
#define INET6 10

/// The conversion of a payload to a value; lib/system/quickjs/packages/record-reader.ts has the same numbers.
enum { IGNORED, UNSIGNED, SIGNED, BIG_ENDIAN, COUNTER, TEXT, NAME, ADDRESS, NETMASK, FLAGS, NESTED };

typedef struct {
  uint8_t form, field, costly;
  /// Of the payload; 0 if it varies.
  uint16_t length;
  uint32_t mask;
  /// The names of numbers, or the function that makes the plan of nested attributes.
  JSValue argument;
  /// The name of other numbers.
  JSValue otherwise;
  int nested;
} Row;

typedef struct {
  JSAtom name;
  uint8_t group, required, is_family, has_absent;
  /// Its attribute; 0 if it has several.
  uint8_t attribute, attributes;
  JSValue absent;
} Field;

typedef struct {
  int groups, fields, family_attribute;
  JSAtom group_names[MOST_GROUPS];
  Field field[MOST_FIELDS];
  Row row[MOST_ATTRIBUTES];
} Plan;

typedef struct {
  int type;
  const uint8_t *payload;
  size_t length;
} Attribute;

/// A plan by its number, or NULL.
const Plan *record_plan(int number);
/// The plan of nested attributes, which is made when it is first needed; NULL if there is none, or after an exception.
const Plan *record_nested(JSContext *context, Row *row);
/// A property that is a number or a boolean, as a 32-bit integer.
int record_int(JSContext *context, JSValueConst object, const char *key);
/// The family of a record's addresses.
int record_family(const Plan *plan, const uint8_t *at, const uint8_t *end, int inherited);

/// A number of at most four bytes. The machines that there are executables for are little-endian.
static inline uint32_t little(const uint8_t *bytes, size_t length) {
  uint32_t number = 0;
  uint16_t half;
  switch (length) {
    case 1: return bytes[0];
    case 2: memcpy(&half, bytes, sizeof half); return half;
    case 4: memcpy(&number, bytes, sizeof number); return number;
    default:
      for (size_t i = length; i-- > 0;) number = number << 8 | bytes[i];
      return number;
  }
}

/// The attribute at `*at`, which is moved behind it; 0 if the lengths do not fit.
static inline int next_attribute(const uint8_t **at, const uint8_t *end, Attribute *attribute) {
  size_t left = (size_t)(end - *at);
  if (left < HEADER) return 0;
  size_t length = little(*at, 2);
  if (length < HEADER || length > left) return 0;
  attribute->type = (int)(little(*at + 2, 2) & TYPE_MASK);
  attribute->payload = *at + HEADER;
  attribute->length = length - HEADER;
  size_t aligned = (length + 3) & ~(size_t)3;
  *at += aligned < left ? aligned : left;
  return 1;
}

#define MESSAGE_HEADER 16
#define GENERIC_HEADER 4
/// linux/netlink.h
#define FIRST_FAMILY 16
#define DUMP_INTERRUPTED 0x10

/// The record's attributes in a message of a dump; whether the message is one of these.
static inline int record_in_message(const uint8_t *at, size_t left, uint32_t sequence, uint32_t port, int attribute,
                                    Attribute *found) {
  if (left < MESSAGE_HEADER + GENERIC_HEADER) return 0;
  uint32_t length = little(at, 4);
  if (length < MESSAGE_HEADER + GENERIC_HEADER || length > left || little(at + 4, 2) < FIRST_FAMILY) return 0;
  if ((little(at + 6, 2) & DUMP_INTERRUPTED) != 0) return 0;
  if (little(at + 8, 4) != sequence || little(at + 12, 4) != port) return 0;
  const uint8_t *payload = at + MESSAGE_HEADER + GENERIC_HEADER, *end = at + length;
  return next_attribute(&payload, end, found) && found->type == attribute && payload == end;
}

#endif
