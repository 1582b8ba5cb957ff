// The requests that add entries: lib/rules/entry-requests.ts says what they are for, and has the same in TypeScript. A request
// is a copy of one with the same configuration, in which the entry's key replaces another: this file knows no attribute.
#include <string.h>

#include "entries.h"

/// The results: the end, or the room is full; a configuration whose request is unknown; an entry for the program.
enum { END, UNKNOWN, OTHER };

/// lib/rules/request-putter.ts
enum { SERVICE, SERVER, PLACE };
#define ITSELF (-2)

/// Offsets in all requests for services, and in all for servers.
typedef struct {
  struct {
    uint32_t protocol, address, port;
  } service;
  struct {
    uint32_t protocol, address, port, server_address, server_port;
  } server;
} Offsets;

/// Requests, and their places, from 1, by the numbers of configurations.
typedef struct {
  Bytes bytes;
  const uint32_t *places;
  size_t count;
} Requests;

static const uint8_t *request_of(const Requests *requests, int32_t config, uint32_t *length) {
  if (config < 0 || (size_t)config >= requests->count || requests->places[config] == 0) return NULL;
  size_t at = requests->places[config] - 1;
  if (at > requests->bytes.length || requests->bytes.length - at < 20) return NULL;
  memcpy(length, requests->bytes.data + at, sizeof *length);
  if (*length < 20 || *length > LONGEST_MESSAGE || *length > requests->bytes.length - at) return NULL;
  return requests->bytes.data + at;
}

static int within(uint32_t offset, uint32_t size, uint32_t length) { return offset <= length && size <= length - offset; }

static void put_key(uint8_t *out, uint32_t address, uint32_t port, const Server *row) {
  for (int i = 0; i < 4; i++) out[address + (uint32_t)i] = (uint8_t)((uint32_t)row->address >> (24 - 8 * i));
  out[port] = (uint8_t)(row->port >> 8);
  out[port + 1] = (uint8_t)row->port;
}

static int is_usual(const Server *row) { return (row->port & (IS_TEXT | IS_DELETED)) == 0; }

/// The next server from this one on that is not deleted. A chain that runs in a circle ends, too.
static int32_t present(const Entries *servers, int32_t server) {
  for (size_t tries = 0; tries < servers->room && server >= 0 && (size_t)server < servers->room; tries++) {
    const Server *row = entry_row(servers, server);
    if ((row->port & IS_DELETED) == 0) return server;
    server = row->next;
  }
  return NONE;
}

/// Writes the requests of a service from a place on, until the room is full: offsets, requests, their places by the
/// configurations of services and of servers, services, servers, place, block, places, progress. Gives a result.
static HOST_FUNCTION(write_entries) {
  size_t room, size;
  const Offsets *offsets = host_numbers(context, arguments[0], sizeof(Offsets) / 4, NULL);
  Requests for_services = {host_bytes(context, arguments[1]), NULL, 0}, for_servers = for_services;
  for_services.places = host_numbers(context, arguments[2], 0, &for_services.count);
  for_servers.places = host_numbers(context, arguments[3], 0, &for_servers.count);
  Entries services = {.size = sizeof(Service)}, servers = {.size = sizeof(Server)};
  services.rows = host_numbers(context, arguments[4], 0, &size);
  services.room = size * 4 / sizeof(Service);
  servers.rows = host_numbers(context, arguments[5], 0, &size);
  servers.room = size * 4 / sizeof(Server);
  int32_t *place = host_numbers(context, arguments[6], PLACE, NULL);
  Bytes block = host_bytes(context, arguments[7]);
  uint32_t *places = host_numbers(context, arguments[8], 0, &room);
  uint32_t *progress = rule_progress(context, arguments[9]);
  JSValue end = JS_NewInt32(context, END), other = JS_NewInt32(context, OTHER), unknown = JS_NewInt32(context, UNKNOWN);
  if (offsets == NULL || for_services.bytes.data == NULL ||
      for_services.places == NULL || for_servers.places == NULL || services.rows == NULL || servers.rows == NULL ||
      place == NULL || block.data == NULL || places == NULL || progress == NULL ||
      place[SERVICE] < 0 || (size_t)place[SERVICE] >= services.room)
    return end;
  const Server *service = entry_row(&services, place[SERVICE]);
  // The owner of a service by firewall mark is no protocol.
  if (!is_usual(service) || service->owner == 0) return other;
  while (place[SERVER] != NONE && block.length >= LONGEST_MESSAGE && progress[RULE_AT] <= block.length - LONGEST_MESSAGE &&
         progress[RULE_COUNT] < room / 2) {
    int itself = place[SERVER] == ITSELF;
    if (!itself && (place[SERVER] < 0 || (size_t)place[SERVER] >= servers.room)) return end;
    const Server *row = itself ? service : entry_row(&servers, place[SERVER]);
    if (!is_usual(row)) return other;
    uint32_t length, protocol = itself ? offsets->service.protocol : offsets->server.protocol;
    uint32_t address = itself ? offsets->service.address : offsets->server.address;
    uint32_t port = itself ? offsets->service.port : offsets->server.port;
    const uint8_t *request = request_of(itself ? &for_services : &for_servers, row->config, &length);
    if (request == NULL) return unknown;
    if (!within(protocol, 2, length) || !within(address, 4, length) || !within(port, 2, length)) return end;
    if (!itself && (!within(offsets->server.server_address, 4, length) || !within(offsets->server.server_port, 2, length)))
      return end;
    uint8_t *out = block.data + progress[RULE_AT];
    memcpy(out, request, length);
    out[protocol] = (uint8_t)service->owner;
    out[protocol + 1] = (uint8_t)(service->owner >> 8);
    put_key(out, address, port, service);
    if (!itself) put_key(out, offsets->server.server_address, offsets->server.server_port, row);
    memcpy(out + 8, &progress[RULE_SEQUENCE], 4);
    places[2 * progress[RULE_COUNT]] = progress[RULE_LINE];
    places[2 * progress[RULE_COUNT] + 1] = progress[RULE_AT];
    progress[RULE_AT] += length;
    progress[RULE_COUNT]++;
    if (++progress[RULE_SEQUENCE] == 0) progress[RULE_SEQUENCE] = 1;
    place[SERVER] = present(&servers, row->next);
  }
  return end;
}

const JSCFunctionListEntry host_entry_requests[] = {JS_CFUNC_DEF("writeEntries", 10, write_entries)};
const int host_entry_requests_count = 1;
