// Requests of plain rule lines: lib/rules/plain-requests.ts says what they are for, and has the same in TypeScript.
// A request is a copy of an encoded one, in which the line's values replace others: this file knows no attribute.
#include <string.h>

#include "rules.h"

/// Offsets in an encoded message, and the numbers of names (lib/system/quickjs/packages/plain-requests.ts).
typedef struct {
  struct {
    uint32_t length, service, protocol, address, port, scheduler, flags, timeout;
  } add_service;
  struct {
    uint32_t length, protocol, address, port, server_address, server_port, forwarding, weight;
  } add_server;
  uint32_t tcp, udp, persistent, by_default, route, tunnel, masquerade;
} Plan;

/// Both messages are at most so long: with the longest name, a request is still shorter than LONGEST_MESSAGE.
#define LONGEST_TEMPLATE (LONGEST_MESSAGE - 64)

static void put16(uint8_t *at, uint32_t number) {
  at[0] = (uint8_t)number;
  at[1] = (uint8_t)(number >> 8);
}

static void put32(uint8_t *at, uint32_t number) {
  put16(at, number);
  put16(at + 2, number >> 16);
}

static uint32_t get16(const uint8_t *at) { return (uint32_t)(at[0] | at[1] << 8); }

static void put_endpoint(uint8_t *address, uint8_t *port, const char *line, const int32_t *fields) {
  int64_t number = host_dotted_quad(line + fields[0], (size_t)(fields[1] - fields[0]));
  for (int i = 0; i < 4; i++) address[i] = (uint8_t)(number >> (24 - 8 * i));
  port[0] = (uint8_t)(fields[2] >> 8);
  port[1] = (uint8_t)fields[2];
}

static uint32_t aligned(uint32_t length) { return (length + 3) & ~3U; }

/// Writes the request of a line with these fields; its length.
static uint32_t put_service(const Plan *plan, const uint8_t *message, const char *line, const int32_t *fields,
                            uint8_t *out) {
  uint32_t name = plan->add_service.scheduler, length = plan->add_service.length;
  // The name's attribute is as long as the name; those behind it move.
  uint32_t rest = name + aligned(get16(message + name)), own = (uint32_t)(fields[11] - fields[10]);
  uint32_t room = own == 0 ? rest - name : aligned(4 + own + 1), moved = name + room - rest;
  memcpy(out, message, rest);
  memcpy(out + name + room, message + rest, length - rest);
  if (own != 0) {
    memset(out + name + 4, 0, room - 4);
    memcpy(out + name + 4, line + fields[10], own);
    put16(out + name, 4 + own + 1);
    put16(out + plan->add_service.service, get16(message + plan->add_service.service) + moved);
  }
  put16(out + plan->add_service.protocol, fields[1] == 'u' ? plan->udp : plan->tcp);
  put_endpoint(out + plan->add_service.address, out + plan->add_service.port, line, fields + 2);
  if (fields[12] != 0) {
    put32(out + plan->add_service.flags + moved, plan->persistent);
    put32(out + plan->add_service.timeout + moved, (uint32_t)fields[12]);
  }
  return length + moved;
}

static uint32_t forwarding(const Plan *plan, int32_t letter) {
  switch (letter) {
    case 'g': return plan->route;
    case 'i': return plan->tunnel;
    case 'm': return plan->masquerade;
    default: return plan->by_default;
  }
}

static uint32_t put_server(const Plan *plan, const uint8_t *message, const char *line, const int32_t *fields,
                           uint8_t *out) {
  uint32_t method = forwarding(plan, fields[8]);
  memcpy(out, message, plan->add_server.length);
  put16(out + plan->add_server.protocol, fields[1] == 'u' ? plan->udp : plan->tcp);
  put_endpoint(out + plan->add_server.server_address, out + plan->add_server.server_port, line, fields + 5);
  put_endpoint(out + plan->add_server.address, out + plan->add_server.port, line, fields + 2);
  // Only masquerading changes the port.
  if (method != plan->masquerade) memcpy(out + plan->add_server.server_port, out + plan->add_server.port, 2);
  put32(out + plan->add_server.forwarding, method);
  if (fields[9] >= 0) put32(out + plan->add_server.weight, (uint32_t)fields[9]);
  return plan->add_server.length;
}

int rule_is_nothing(const char *line, int length) {
  for (int i = 0; i < length; i++) {
    if (line[i] == '#') return 1;
    if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') return 0;
  }
  return 1;
}

int rule_line(Bytes text, const uint32_t *progress, const char **line, int *length) {
  if (progress[RULE_FROM] >= progress[RULE_TO]) return 0;
  const uint8_t *start = text.data + progress[RULE_FROM];
  size_t most = progress[RULE_TO] - progress[RULE_FROM];
  const uint8_t *newline = memchr(start, '\n', most);
  *line = (const char *)start;
  *length = (int)(newline != NULL ? (size_t)(newline - start) : most);
  return 1;
}

void rule_next(uint32_t *progress, int length) {
  uint32_t left = progress[RULE_TO] - progress[RULE_FROM];
  progress[RULE_FROM] += (uint32_t)length < left ? (uint32_t)length + 1 : left;
  progress[RULE_LINE]++;
}

uint32_t *rule_progress(JSContext *context, JSValueConst value) {
  return host_numbers(context, value, RULE_PROGRESS, NULL);
}

int rule_fits(Bytes text, const uint32_t *progress) {
  return text.data != NULL && text.length <= INT32_MAX && progress != NULL && progress[RULE_TO] <= text.length;
}

/// Moves the place to the next line that is neither plain nor without meaning: text, progress.
static HOST_FUNCTION(skip_plain) {
  Bytes text = host_bytes(context, arguments[0]);
  uint32_t *progress = rule_progress(context, arguments[1]);
  if (!rule_fits(text, progress)) return JS_FALSE;
  const char *line;
  int length;
  int32_t fields[PLAIN_FIELDS];
  while (rule_line(text, progress, &line, &length)) {
    if (!host_scan_plain(line, length, fields) && !rule_is_nothing(line, length)) break;
    rule_next(progress, length);
  }
  return JS_TRUE;
}

static int within(uint32_t offset, uint32_t size, uint32_t length) {
  return offset <= LONGEST_TEMPLATE && offset + size <= length;
}

/// Whether all offsets are in their messages, which are in `bytes`, the service's first.
static int is_sound(const Plan *plan, Bytes bytes) {
  uint32_t service = plan->add_service.length, server = plan->add_server.length;
  if (service > LONGEST_TEMPLATE || server > LONGEST_TEMPLATE || bytes.length < service + server) return 0;
  uint32_t name = plan->add_service.scheduler;
  if (!within(name, 4, service) || !within(name, aligned(get16(bytes.data + name)), service)) return 0;
  // What is behind the name moves.
  uint32_t rest = name + aligned(get16(bytes.data + name));
  if (plan->add_service.flags < rest || plan->add_service.timeout < rest) return 0;
  return within(plan->add_service.service, 4, service) && within(plan->add_service.protocol, 2, service) &&
         within(plan->add_service.address, 4, service) && within(plan->add_service.port, 2, service) &&
         get16(bytes.data + name) >= 4 && within(plan->add_service.flags, 4, service) &&
         within(plan->add_service.timeout, 4, service) && within(plan->add_server.protocol, 2, server) &&
         within(plan->add_server.address, 4, server) && within(plan->add_server.port, 2, server) &&
         within(plan->add_server.server_address, 4, server) && within(plan->add_server.server_port, 2, server) &&
         within(plan->add_server.forwarding, 4, server) && within(plan->add_server.weight, 4, server) &&
         service >= 20 && server >= 20;
}

/// Writes the requests of plain lines: plan, messages, text, block, places, progress.
static HOST_FUNCTION(write_plain) {
  const Plan *plan = host_numbers(context, arguments[0], sizeof(Plan) / 4, NULL);
  Bytes messages = host_bytes(context, arguments[1]), text = host_bytes(context, arguments[2]);
  Bytes block = host_bytes(context, arguments[3]);
  size_t room = 0;
  uint32_t *places = host_numbers(context, arguments[4], 0, &room);
  uint32_t *progress = rule_progress(context, arguments[5]);
  if (plan == NULL || messages.data == NULL || !is_sound(plan, messages) || block.data == NULL || places == NULL ||
      !rule_fits(text, progress))
    return JS_FALSE;
  const char *line;
  int length;
  int32_t fields[PLAIN_FIELDS];
  while (rule_line(text, progress, &line, &length)) {
    if (block.length < LONGEST_MESSAGE || progress[RULE_AT] > block.length - LONGEST_MESSAGE ||
        progress[RULE_COUNT] >= room / 2)
      break;
    if (host_scan_plain(line, length, fields)) {
      uint8_t *out = block.data + progress[RULE_AT];
      uint32_t size = fields[0] == 'A' ? put_service(plan, messages.data, line, fields, out)
                                       : put_server(plan, messages.data + plan->add_service.length, line, fields, out);
      put32(out, size);
      put32(out + 8, progress[RULE_SEQUENCE]);
      places[2 * progress[RULE_COUNT]] = progress[RULE_LINE];
      places[2 * progress[RULE_COUNT] + 1] = progress[RULE_AT];
      progress[RULE_AT] += size;
      progress[RULE_COUNT]++;
      if (++progress[RULE_SEQUENCE] == 0) progress[RULE_SEQUENCE] = 1;
    } else if (!rule_is_nothing(line, length)) {
      break;
    }
    rule_next(progress, length);
  }
  return JS_TRUE;
}

const JSCFunctionListEntry host_rules[] = {
    JS_CFUNC_DEF("skipPlain", 2, skip_plain),
    JS_CFUNC_DEF("writePlain", 6, write_plain),
};
const int host_rules_count = sizeof host_rules / sizeof *host_rules;
