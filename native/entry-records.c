// Servers in the kernel's datagrams beside those of a rule file: lib/rules/entry-comparison.ts says what it is for.
#include <string.h>

#include "entries.h"
#include "records.h"

/// The fields that are compared, of a plan of records: lib/system/quickjs/packages/entry-comparison.ts.
typedef struct {
  int32_t plan, address, port;
  /// Of the configuration.
  int32_t fields, field[];
} Compared;

/// The number of a payload of these forms; whether it is one.
static int number_of(const Row *row, const Attribute *attribute, int32_t *number) {
  const uint8_t *bytes = attribute->payload;
  size_t length = attribute->length;
  if (row->length != 0 && row->length != length) return 0;
  switch (row->form) {
    case UNSIGNED:
    case SIGNED: *number = (int32_t)little(bytes, length); return length <= 4;
    case BIG_ENDIAN: *number = bytes[0] << 8 | bytes[1]; return length == 2;
    case NAME:
    case FLAGS: *number = (int32_t)(little(bytes, length < 4 ? length : 4) & row->mask); return 1;
    case ADDRESS:
      *number = (int32_t)((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]);
      return length >= 4;
    default: return 0;
  }
}

/// The numbers of a record's fields, by the plan; whether all that are compared are there.
static int read_numbers(const Plan *plan, const Compared *compared, const Attribute *record, int32_t *numbers) {
  const uint8_t *at = record->payload, *end = record->payload + record->length;
  uint64_t seen = 0, needed = 1ULL << compared->address | 1ULL << compared->port;
  for (int i = 0; i < compared->fields; i++) needed |= 1ULL << compared->field[i];
  Attribute attribute;
  while (at < end) {
    if (!next_attribute(&at, end, &attribute)) return 0;
    if (attribute.type >= MOST_ATTRIBUTES) continue;
    const Row *row = &plan->row[attribute.type];
    if (row->form == IGNORED || row->costly || (needed & 1ULL << row->field) == 0) continue;
    if (!number_of(row, &attribute, &numbers[row->field])) return 0;
    seen |= 1ULL << row->field;
  }
  return seen == needed;
}

/// Compares the servers in a datagram of a dump with the rows of a service: compared fields, the configurations' values of
/// these, datagram, sequence and port and attribute and family, servers, their index, the service, found servers, their number.
/// The new number; -1 if one of them is another, has another configuration, came before, or is left to the program.
static HOST_FUNCTION(match_servers) {
  size_t length, value_count, found_length;
  const Compared *compared = host_numbers(context, arguments[0], sizeof(Compared) / 4, &length);
  const int32_t *values = host_numbers(context, arguments[1], 0, &value_count);
  Bytes bytes = host_bytes(context, arguments[2]);
  const int32_t *dump = host_numbers(context, arguments[3], 4, NULL);
  Entries servers;
  int32_t service = host_int(context, arguments[6]), taken = host_int(context, arguments[8]);
  int32_t *found = host_numbers(context, arguments[7], 0, &found_length);
  JSValue no = JS_NewInt32(context, -1);
  if (compared == NULL || compared->fields < 0 || (size_t)compared->fields > length - sizeof(Compared) / 4) return no;
  const Plan *plan = record_plan(compared->plan);
  if (plan == NULL || values == NULL || bytes.data == NULL || dump == NULL || found == NULL || taken < 0 ||
      !entry_arrays(context, arguments[4], arguments[5], sizeof(Server), &servers))
    return no;
  if (compared->address < 0 || compared->address >= MOST_FIELDS || compared->port < 0 || compared->port >= MOST_FIELDS)
    return no;
  for (int i = 0; i < compared->fields; i++) {
    if (compared->field[i] < 0 || compared->field[i] >= MOST_FIELDS) return no;
  }
  for (size_t at = 0; at < bytes.length;) {
    Attribute record;
    int32_t numbers[MOST_FIELDS], place;
    if (!record_in_message(bytes.data + at, bytes.length - at, (uint32_t)dump[0], (uint32_t)dump[1], dump[2], &record))
      return no;
    if (record_family(plan, record.payload, record.payload + record.length, dump[3]) != INET) return no;
    if (!read_numbers(plan, compared, &record, numbers)) return no;
    int32_t server = entry_find(&servers, service, numbers[compared->address], numbers[compared->port], &place);
    if (server == NONE || (size_t)taken >= found_length) return no;
    Server *row = entry_row(&servers, server);
    size_t fields = (size_t)compared->fields;
    if (row->seen == dump[0] || row->config < 0 || (size_t)row->config >= value_count / (fields ? fields : 1)) return no;
    const int32_t *value = values + (size_t)row->config * fields;
    for (size_t i = 0; i < fields; i++) {
      if (numbers[compared->field[i]] != value[i]) return no;
    }
    row->seen = dump[0];
    found[taken++] = server;
    at += (little(bytes.data + at, 4) + 3) & ~3U;
  }
  return JS_NewInt32(context, taken);
}

const JSCFunctionListEntry host_entry_records[] = {JS_CFUNC_DEF("matchServers", 9, match_servers)};
const int host_entry_records_count = 1;
