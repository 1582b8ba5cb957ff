// Numbers and addresses as text.
#include <string.h>

#include "host.h"

/// The most digits of 64 bits.
#define MOST_DIGITS 20

uint8_t *host_put_decimal(uint8_t *out, uint64_t number) {
  int length = 1;
  for (uint64_t limit = 10; length < MOST_DIGITS && number >= limit; limit *= 10) length++;
  for (int at = length; at-- > 0; number /= 10) out[at] = (uint8_t)('0' + number % 10);
  return out + length;
}

static uint8_t *put_octet(uint8_t *out, uint32_t octet) {
  if (octet >= 100) *out++ = (uint8_t)('0' + octet / 100);
  if (octet >= 10) *out++ = (uint8_t)('0' + octet / 10 % 10);
  *out++ = (uint8_t)('0' + octet % 10);
  return out;
}

uint8_t *host_put_ipv4(uint8_t *out, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out = put_octet(out, number >> shift & 255);
    if (shift > 0) *out++ = '.';
  }
  return out;
}

static uint8_t *put_group(uint8_t *out, uint32_t group) {
  int shift = 12;
  while (shift > 0 && group >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) *out++ = (uint8_t)"0123456789abcdef"[group >> shift & 15];
  return out;
}

uint8_t *host_put_ipv6(uint8_t *out, const uint32_t *groups) {
  int best = -1, longest = 1;
  for (int i = 0, run = 0; i < 8; i++) {
    run = groups[i] == 0 ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      best = i - run + 1;
    }
  }
  int mapped = best == 0 && longest == 5 && groups[5] == 0xffff;
  if (mapped || (best == 0 && longest == 6)) {
    const char *start = mapped ? "::ffff:" : "::";
    memcpy(out, start, strlen(start));
    return host_put_ipv4(out + strlen(start), groups[6] << 16 | groups[7]);
  }
  for (int i = 0; i < 8; i++) {
    if (i == best) {
      *out++ = ':';
      i += longest - 1;
      if (i == 7) *out++ = ':';
      continue;
    }
    if (i > 0) *out++ = ':';
    out = put_group(out, groups[i]);
  }
  return out;
}
