// Rows of the listing of connections: lib/output/connection-listing.ts says what they are, and has the same in TypeScript.
#include <string.h>

#include "host.h"

/// The maximum lengths of a usual line's words, and of the row that is made of it.
#define LONGEST_PROTOCOL 8
#define LONGEST_STATE 32
#define LONGEST_TIME 10
#define LONGEST_ROW 256

typedef struct {
  const uint8_t *from, *to;
} Word;

static size_t length_of(Word word) { return (size_t)(word.to - word.from); }

/// The next word of a line from `*at` on, which is moved behind it. Whether there is one, of ASCII and before a blank.
static int next_word(const uint8_t **at, const uint8_t *end, Word *word) {
  while (*at < end && **at == ' ') ++*at;
  word->from = *at;
  while (*at < end && **at > ' ' && **at < 127) ++*at;
  word->to = *at;
  return word->to > word->from && (*at == end || **at == ' ');
}

/// The number of some hexadecimal digits, at most eight, or -1.
static int64_t hex(const uint8_t *text, int digits) {
  uint32_t number = 0;
  for (int i = 0; i < digits; i++) {
    uint32_t digit = (uint32_t)(text[i] - '0');
    if (digit > 9) {
      digit = (uint32_t)((text[i] | 32) - 'a');
      if (digit > 5) return -1;
      digit += 10;
    }
    number = number << 4 | digit;
  }
  return number;
}

static uint8_t *put_word(uint8_t *out, Word word) {
  memcpy(out, word.from, length_of(word));
  return out + length_of(word);
}

static uint8_t *put_address(uint8_t *out, Word word) {
  if (length_of(word) == 8) {
    int64_t number = hex(word.from, 8);
    return number < 0 ? NULL : host_put_ipv4(out, (uint32_t)number);
  }
  if (length_of(word) != 39) return NULL;
  uint32_t groups[8];
  for (int i = 0; i < 8; i++) {
    int64_t group = hex(word.from + 5 * i, 4);
    if (group < 0 || (i < 7 && word.from[5 * i + 4] != ':')) return NULL;
    groups[i] = (uint32_t)group;
  }
  *out++ = '[';
  out = host_put_ipv6(out, groups);
  *out++ = ']';
  return out;
}

/// The address and the port that the next two words are; NULL if they are not usual.
static uint8_t *put_endpoint(uint8_t *out, const uint8_t **at, const uint8_t *end) {
  Word word;
  if (!next_word(at, end, &word) || (out = put_address(out, word)) == NULL) return NULL;
  if (!next_word(at, end, &word) || length_of(word) != 4) return NULL;
  int64_t port = hex(word.from, 4);
  if (port < 0) return NULL;
  *out++ = ':';
  return host_put_decimal(out, (uint64_t)port);
}

/// Minutes and seconds, with at least two digits each; NULL if the word is not a number of seconds.
static uint8_t *put_time(uint8_t *out, Word word) {
  uint64_t seconds = 0;
  if (length_of(word) > LONGEST_TIME) return NULL;
  for (const uint8_t *at = word.from; at < word.to; at++) {
    if (*at < '0' || *at > '9') return NULL;
    seconds = seconds * 10 + (uint64_t)(*at - '0');
  }
  if (seconds < 600) *out++ = '0';
  out = host_put_decimal(out, seconds / 60);
  *out++ = ':';
  if (seconds % 60 < 10) *out++ = '0';
  return host_put_decimal(out, seconds % 60);
}

/// Fills the column that begins at `start` up to `width`, and adds a blank; where the next begins.
static uint8_t *pad(uint8_t *start, uint8_t *out, int width) {
  do *out++ = ' ';
  while (out - start <= width);
  return out;
}

/// Writes the row of a line, at most LONGEST_ROW bytes; where it ends, or NULL if the line is not usual.
static uint8_t *put_row(uint8_t *out, const uint8_t *at, const uint8_t *end) {
  uint8_t ends[3][64];
  size_t lengths[3];
  Word protocol, state, time;
  if (at == end || *at == ' ' || !next_word(&at, end, &protocol) || length_of(protocol) > LONGEST_PROTOCOL) return NULL;
  for (int i = 0; i < 3; i++) {
    uint8_t *last = put_endpoint(ends[i], &at, end);
    if (last == NULL) return NULL;
    lengths[i] = (size_t)(last - ends[i]);
  }
  if (!next_word(&at, end, &state) || length_of(state) > LONGEST_STATE || !next_word(&at, end, &time)) return NULL;
  uint8_t *start = out;
  start = out = pad(start, put_word(out, protocol), 3);
  if ((out = put_time(out, time)) == NULL) return NULL;
  start = out = pad(start, out, 6);
  start = out = pad(start, put_word(out, state), 11);
  for (int i = 0; i < 3; i++) {
    memcpy(out, ends[i], lengths[i]);
    out += lengths[i];
    if (i < 2) start = out = pad(start, out, 18);
  }
  *out++ = '\n';
  return out;
}

static HOST_FUNCTION(connection_rows) {
  Bytes lines = host_bytes(context, arguments[0]), rows = host_bytes(context, arguments[1]);
  if (lines.data == NULL || rows.data == NULL) return JS_NewInt32(context, -1);
  const uint8_t *at = lines.data, *end = lines.data + lines.length;
  uint8_t *out = rows.data;
  while (at < end) {
    const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
    if (stop == NULL) stop = end;
    if (rows.length - (size_t)(out - rows.data) < LONGEST_ROW) return JS_NewInt32(context, -1);
    if ((out = put_row(out, at, stop)) == NULL) return JS_NewInt32(context, -1);
    at = stop < end ? stop + 1 : end;
  }
  return JS_NewInt64(context, out - rows.data);
}

const JSCFunctionListEntry host_connections[] = {
    JS_CFUNC_DEF("connectionRows", 2, connection_rows),
};
const int host_connections_count = sizeof host_connections / sizeof *host_connections;
