// Series of dumps: the real servers of one service after the other as lines, in one call. The loop is that of
// lib/netlink/generic-connection.ts and lib/commands/write-rows.ts. A dump is read here if its answer is at most one datagram of
// usual records, and a plain end; any other answer is left to the program, which receives it as if it had asked.
#include <errno.h>
#include <string.h>

#include "rows.h"

#define DATAGRAMS 2
#define LONGEST_REQUEST 256
/// The most real servers of a service.
#define MOST_SERVERS 512
#define END_LENGTH (MESSAGE_HEADER + 4)
/// MSG_TRUNC of sys/socket.h
#define TRUNCATED 0x20
/// linux/netlink.h
#define DONE 3
#define MULTI 2

/// The numbers that the program and a series share; lib/system/quickjs/packages/record-rows.ts has the same. The series
/// counts the sequence, the end of the lines, the dumps; it says whether it has left an answer.
enum { SEQUENCE, PORT, ATTRIBUTE, OBSERVE, SORTS, MOST, AT, DUMPS, LEFT, NUMBERS };

/// A list with its texts.
typedef struct {
  List list;
  Bytes texts;
} Rows;

typedef struct {
  int descriptor;
  /// The datagrams that are received, and their fields.
  Bytes answer;
  uint32_t field[DATAGRAMS * DATAGRAM_FIELDS];
  /// A request without its attributes.
  Bytes header;
  /// Services, their order, their real servers, lines.
  Rows services, servers;
  Bytes order, lines;
  const RowPlan *plan;
  /// The record that was read last.
  Record record;
  uint32_t number[NUMBERS];
} Series;

/// The next service; NULL after the last one, or if the list is not one.
static const Entry *next_service(const Series *series) {
  uint32_t count = series->services.list.head->count, number = series->services.list.head->next;
  if (number >= count) return NULL;
  if (number < series->order.length / sizeof number)
    memcpy(&number, series->order.data + number * sizeof number, sizeof number);
  if (number >= count) return NULL;
  const Entry *entry = &series->services.list.entry[number];
  size_t length = (size_t)entry->at + entry->identity + entry->line + entry->prefix;
  return length > series->services.texts.length ? NULL : entry;
}

/// Sends the request for the real servers of a service; whether it has been sent.
static int ask(const Series *series, const Entry *service) {
  uint8_t request[LONGEST_REQUEST];
  uint32_t length = (uint32_t)series->header.length + service->identity;
  if (length > sizeof request) return 0;
  memcpy(request, series->header.data, series->header.length);
  memcpy(request + series->header.length, series->services.texts.data + service->at, service->identity);
  memcpy(request, &length, sizeof length);
  memcpy(request + 8, &series->number[SEQUENCE], sizeof series->number[SEQUENCE]);
  return host_send(series->descriptor, request, length) >= 0;
}

/// A received datagram; one without data if it is left to the program.
static Bytes datagram(const Series *series, long place) {
  const uint32_t *field = series->field + place * DATAGRAM_FIELDS;
  size_t size = series->answer.length / DATAGRAMS;
  if (field[0] > size || (field[1] & TRUNCATED) != 0 || field[2] != 0) return (Bytes){0};
  return (Bytes){series->answer.data + (size_t)place * size, field[0]};
}

/// Whether a datagram is a DONE that reports success (isPlainEnd of lib/netlink/message.ts).
static int is_plain_end(Bytes bytes, uint32_t sequence, uint32_t port) {
  if (bytes.data == NULL || bytes.length != END_LENGTH || little(bytes.data, 4) != END_LENGTH) return 0;
  if (little(bytes.data + 4, 2) != DONE || (little(bytes.data + 6, 2) & ~(uint32_t)MULTI) != 0) return 0;
  return little(bytes.data + 8, 4) == sequence && little(bytes.data + 12, 4) == port && little(bytes.data + 16, 4) == 0;
}

static uint8_t *put_line(uint8_t *out, const Entry *entry, Bytes texts) {
  memcpy(out, row_line(entry, texts), entry->line);
  return out + entry->line;
}

/// Writes the lines of a service and of its real servers; 0 if there is too little room.
static int put_lines(Series *series, const Entry *service) {
  const List *servers = &series->servers.list;
  uint32_t order[2 * MOST_SERVERS], rows = servers->head->count;
  size_t length = service->line;
  if (rows > MOST_SERVERS) return 0;
  for (uint32_t i = 0; i < rows; i++) {
    order[i] = i;
    length += servers->entry[i].line;
  }
  if (length > series->lines.length - series->number[AT]) return 0;
  if (series->number[SORTS]) row_sort(servers, order, 1);
  uint8_t *out = put_line(series->lines.data + series->number[AT], service, series->services.texts);
  for (uint32_t i = 0; i < rows; i++) out = put_line(out, &servers->entry[order[i]], series->servers.texts);
  series->number[AT] = (uint32_t)(out - series->lines.data);
  return 1;
}

/// Reads so many datagrams as the answer of a dump and writes lines; 1, or 0 if they are left to the program.
static int take(JSContext *context, Series *series, const Entry *service, long received) {
  uint32_t sequence = series->number[SEQUENCE], port = series->number[PORT];
  Rows *servers = &series->servers;
  servers->list.head->count = servers->list.head->used = servers->list.head->next = 0;
  if (received < 1 || !is_plain_end(datagram(series, received - 1), sequence, port)) return 0;
  if (received > 1) {
    Bytes records = datagram(series, 0);
    const uint8_t *texts = series->services.texts.data + service->at + service->identity;
    Bytes prefix = {(uint8_t *)texts + service->line, service->prefix};
    Dump dump = {sequence, port, (int)series->number[ATTRIBUTE], service->family == INET ? INET : INET6,
                 (int)series->number[OBSERVE], service->word[0] == 0 ? (int)service->word[WORDS - 1] : -1};
    // An empty datagram is an error.
    if (records.data == NULL || records.length == 0 || prefix.length > LONGEST_PIECE) return 0;
    int read = row_read(context, series->plan, records, &dump, prefix, &servers->list, servers->texts, &series->record);
    if (read != 1) return 0;
  }
  int written = put_lines(series, service);
  servers->list.head->count = servers->list.head->used = 0;
  return written;
}

static int rows_of(JSContext *context, JSValueConst index, JSValueConst texts, Rows *rows) {
  rows->texts = host_bytes(context, texts);
  return row_list(context, index, &rows->list) && rows->texts.data != NULL && rows->list.head->used <= rows->texts.length;
}

/// Reads the real servers of the next services of a list: descriptor, room for two datagrams, their fields, header of the
/// requests, numbers, bytes of lines, list and texts and order of the services, plan and list and texts of their real servers.
/// Gives the number of datagrams that are left to the program, or the negative errno of their receipt.
static HOST_FUNCTION(series_read) {
  Series series = {
      .descriptor = host_int(context, arguments[0]),
      .answer = host_bytes(context, arguments[1]),
      .header = host_bytes(context, arguments[3]),
      .lines = host_bytes(context, arguments[5]),
      .order = host_bytes(context, arguments[8]),
      .plan = row_plan(host_int(context, arguments[9])),
  };
  Bytes fields = host_bytes(context, arguments[2]), numbers = host_bytes(context, arguments[4]);
  if (series.answer.data == NULL || series.header.data == NULL || series.lines.data == NULL || series.plan == NULL ||
      fields.data == NULL || fields.length < sizeof series.field || numbers.data == NULL ||
      numbers.length < sizeof series.number || series.header.length < MESSAGE_HEADER ||
      series.header.length > LONGEST_REQUEST ||
      !rows_of(context, arguments[6], arguments[7], &series.services) ||
      !rows_of(context, arguments[10], arguments[11], &series.servers))
    return JS_NewInt32(context, -EINVAL);
  memcpy(series.number, numbers.data, sizeof series.number);
  if (series.number[AT] > series.lines.length) return JS_NewInt32(context, -EINVAL);
  const Entry *service;
  long left = 0;
  while (series.number[DUMPS] < series.number[MOST] && (service = next_service(&series)) != NULL) {
    if (!ask(&series, service)) break;
    left = host_receive(series.descriptor, series.answer.data, series.answer.length / DATAGRAMS, DATAGRAMS, series.field);
    if (left < 0) left = -errno;
    series.number[LEFT] = !take(context, &series, service, left);
    if (series.number[LEFT]) break;
    left = 0;
    series.services.list.head->next++;
    series.number[DUMPS]++;
    // sequenceAfter of lib/netlink/sequence.ts
    series.number[SEQUENCE] = series.number[SEQUENCE] == UINT32_MAX ? 1 : series.number[SEQUENCE] + 1;
  }
  memcpy(fields.data, series.field, sizeof series.field);
  memcpy(numbers.data, series.number, sizeof series.number);
  return host_checked(context, JS_NewInt64(context, left));
}

const JSCFunctionListEntry host_series[] = {
    JS_CFUNC_DEF("readSeries", 12, series_read),
};
const int host_series_count = sizeof host_series / sizeof *host_series;
