// Plain rule lines as entries: lib/rules/plain-entries.ts says what they are for, and has the same in TypeScript.
#include <string.h>

#include "entries.h"

/// The results: the end, or a line for the program; no room for an entry; a configuration without a number.
enum { LEFT, FULL, UNKNOWN };

/// A configuration's number, from 1, by what a line says of it: a slot is by a hash, and the last one counts.
typedef struct {
  int32_t weight, letter, number;
} ServerConfig;

typedef struct {
  /// Padded with NULs.
  char scheduler[16];
  int32_t persistence, number;
} ServiceConfig;

/// lib/system/quickjs/packages/plain-entries.ts
#define SERVER_CONFIGS 256
#define SERVICE_CONFIGS 64

typedef struct {
  Entries services, servers;
  /// The numbers of services and servers.
  int32_t *counts;
  const ServiceConfig *service_config;
  const ServerConfig *server_config;
} Table;

static int32_t service_config(const Table *table, const char *line, const int32_t *fields) {
  char name[16] = "";
  size_t length = (size_t)(fields[11] - fields[10]);
  memcpy(name, line + fields[10], length);
  uint32_t hash = (uint32_t)fields[12];
  for (size_t i = 0; i < length; i++) hash = hash * 31 + (uint8_t)name[i];
  const ServiceConfig *known = &table->service_config[hash % SERVICE_CONFIGS];
  int same = known->persistence == fields[12] && memcmp(known->scheduler, name, sizeof name) == 0;
  return same ? known->number : 0;
}

static int32_t server_config(const Table *table, const int32_t *fields) {
  const ServerConfig *known = &table->server_config[(uint32_t)(fields[9] ^ fields[8]) % SERVER_CONFIGS];
  return known->weight == fields[9] && known->letter == fields[8] ? known->number : 0;
}

static int32_t address_of(const char *line, const int32_t *fields) {
  return (int32_t)host_dotted_quad(line + fields[0], (size_t)(fields[1] - fields[0]));
}

static int32_t protocol_of(const int32_t *fields) { return fields[1] == 'u' ? 17 : 6; }

/// Adds an entry at the free place of the index; its row.
static Server *add(Entries *entries, int32_t *count, int32_t place, Server row) {
  Server *own = entry_row(entries, *count);
  memset(own, 0, entries->size);
  *own = row;
  entries->index[place] = ++*count;
  return own;
}

/// Whether there is no room for another entry: an index is kept a quarter free.
static int is_full(const Entries *entries, int32_t count) {
  return (size_t)count >= entries->room || ((size_t)count + 1) * 4 > entries->places * 3;
}

/// Adds the service of a line; the result, or -1 if it is added.
static int add_service(Table *table, const char *line, const int32_t *fields, int32_t number) {
  int32_t owner = protocol_of(fields), address = address_of(line, fields + 2), place;
  if (entry_find(&table->services, owner, address, fields[4], &place) != NONE || place == NONE) return LEFT;
  if (is_full(&table->services, table->counts[0])) return FULL;
  int32_t config = service_config(table, line, fields);
  if (config <= 0) return UNKNOWN;
  Server row = {owner, address, fields[4], config - 1, number, NONE, {NONE}};
  add(&table->services, table->counts, place, row);
  return -1;
}

/// The same of a server, whose service is `of`.
static int add_server(Table *table, int32_t of, const char *line, const int32_t *fields, int32_t number) {
  Service *service = (Service *)(void *)entry_row(&table->services, of);
  // Only masquerading changes the port.
  int32_t address = address_of(line, fields + 5), port = fields[8] == 'm' ? fields[7] : fields[4], place;
  if (entry_find(&table->servers, of, address, port, &place) != NONE || place == NONE) return LEFT;
  if (is_full(&table->servers, table->counts[1])) return FULL;
  int32_t config = server_config(table, fields), own = table->counts[1], last = service->common.last;
  if (config <= 0) return UNKNOWN;
  if (last != NONE && (last < 0 || last >= own)) return LEFT;
  Server row = {of, address, port, config - 1, number, NONE, {NONE}};
  add(&table->servers, table->counts + 1, place, row);
  if (last == NONE) service->common.next = own;
  else entry_row(&table->servers, last)->next = own;
  service->common.last = own;
  service->count++;
  return -1;
}

static int is_table(JSContext *context, JSValueConst *arguments, Table *table) {
  table->counts = host_numbers(context, arguments[0], 2, NULL);
  table->service_config = host_numbers(context, arguments[5], SERVICE_CONFIGS * sizeof(ServiceConfig) / 4, NULL);
  table->server_config = host_numbers(context, arguments[6], SERVER_CONFIGS * sizeof(ServerConfig) / 4, NULL);
  return entry_arrays(context, arguments[1], arguments[2], sizeof(Service), &table->services) &&
         entry_arrays(context, arguments[3], arguments[4], sizeof(Server), &table->servers) && table->counts != NULL &&
         table->counts[0] >= 0 && table->counts[1] >= 0 && table->service_config != NULL && table->server_config != NULL;
}

/// Adds the entries of plain lines until another line: text, progress, counts, services, their index, servers, theirs,
/// configurations of services and of servers by lines. Gives a result.
static HOST_FUNCTION(read_entries) {
  Bytes text = host_bytes(context, arguments[0]);
  uint32_t *progress = rule_progress(context, arguments[1]);
  Table table;
  if (!rule_fits(text, progress) || !is_table(context, arguments + 2, &table)) return JS_NewInt32(context, LEFT);
  const char *line;
  int length, result;
  int32_t fields[PLAIN_FIELDS], place;
  int32_t last = NONE, owner = 0, address = 0, port = 0;
  while (rule_line(text, progress, &line, &length)) {
    if (host_scan_plain(line, length, fields)) {
      int32_t number = (int32_t)progress[RULE_LINE];
      if (fields[0] == 'A') {
        result = add_service(&table, line, fields, number);
        last = NONE;
      } else {
        int32_t own = protocol_of(fields), at = address_of(line, fields + 2);
        // The servers of a service follow each other.
        if (last == NONE || own != owner || at != address || fields[4] != port) {
          last = entry_find(&table.services, own, at, fields[4], &place);
          owner = own, address = at, port = fields[4];
        }
        result = last == NONE ? LEFT : add_server(&table, last, line, fields, number);
      }
      if (result >= 0) return JS_NewInt32(context, result);
    } else if (!rule_is_nothing(line, length)) {
      break;
    }
    rule_next(progress, length);
  }
  return JS_NewInt32(context, LEFT);
}

/// The number of lines that begin like the addition of a service, and of a server: text, counts.
static HOST_FUNCTION(count_entries) {
  Bytes text = host_bytes(context, arguments[0]);
  int32_t *counts = host_numbers(context, arguments[1], 2, NULL);
  if (text.data == NULL || text.length > INT32_MAX || counts == NULL) return JS_FALSE;
  const uint8_t *end = text.data + text.length;
  for (const uint8_t *at = text.data; end - at >= 2;) {
    if (at[0] == '-' && at[1] == 'A') counts[0]++;
    if (at[0] == '-' && at[1] == 'a') counts[1]++;
    at = memchr(at, '\n', (size_t)(end - at));
    if (at++ == NULL) break;
  }
  return JS_TRUE;
}

const JSCFunctionListEntry host_entries[] = {
    JS_CFUNC_DEF("readEntries", 9, read_entries),
    JS_CFUNC_DEF("countEntries", 2, count_entries),
};
const int host_entries_count = sizeof host_entries / sizeof *host_entries;
