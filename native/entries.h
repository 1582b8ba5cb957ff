// Entries of a rule file in rows of numbers (lib/rules/entry-rows.ts).
#ifndef ENTRIES_H
#define ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "rules.h"

#define NONE (-1)
/// Bits of a row's port.
#define IS_TEXT 0x10000
#define IS_DELETED 0x20000

typedef struct {
  int32_t owner, address, port, config, line, next;
  /// Of a server, or the last server of a service.
  union {
    int32_t seen, last;
  };
} Server;

typedef struct {
  Server common;
  int32_t count;
} Service;

/// The place of an IPv4 key in an index, before collisions.
static inline uint32_t entry_hash(int32_t owner, int32_t address, int32_t port) {
  uint32_t hash = (uint32_t)address * 0x9e3779b1U ^ (uint32_t)owner * 0x85ebca6bU ^ (uint32_t)port * 0xc2b2ae35U;
  hash = (hash ^ hash >> 16) * 0x7feb352dU;
  return hash ^ hash >> 15;
}

/// Entries of one kind: their rows, of `size` bytes, and the index.
typedef struct {
  uint8_t *rows;
  size_t size, room;
  int32_t *index;
  size_t places;
} Entries;

static inline Server *entry_row(const Entries *entries, int32_t number) {
  return (Server *)(void *)(entries->rows + (size_t)number * entries->size);
}

/// The number of the entry with a key, or NONE; then `place` is the free one for it, or NONE if there is none.
static inline int32_t entry_find(const Entries *entries, int32_t owner, int32_t address, int32_t port, int32_t *place) {
  size_t mask = entries->places - 1, at = entry_hash(owner, address, port) & mask;
  for (size_t tries = 0; tries < entries->places; tries++, at = (at + 1) & mask) {
    int32_t number = entries->index[at] - 1;
    if (number < 0) {
      *place = (int32_t)at;
      return NONE;
    }
    if ((size_t)number >= entries->room) break;
    const Server *row = entry_row(entries, number);
    if (row->address == address && row->port == port && row->owner == owner) return number;
  }
  *place = NONE;
  return NONE;
}

/// The entries in two arrays, rows and index; whether they are some.
static inline int entry_arrays(JSContext *context, JSValueConst rows, JSValueConst index, size_t size, Entries *entries) {
  size_t length;
  entries->size = size;
  entries->rows = host_numbers(context, rows, 0, &length);
  entries->room = length * 4 / size;
  entries->index = host_numbers(context, index, 0, &entries->places);
  // A power of two.
  return entries->rows != NULL && entries->index != NULL && entries->places > 0 &&
         (entries->places & (entries->places - 1)) == 0;
}

#endif
