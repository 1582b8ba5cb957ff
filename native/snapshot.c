// The snapshot: the engine's heap once the modules of a start are evaluated, so that a start neither makes the engine's
// objects nor reads and evaluates modules. The build has an executable write it, and links it into the one that is released
// (scripts/build-native.mjs).
//
// It has the variables that are KEPT, then the used part of each half of the heap, as words of 8 bytes. A start copies them and
// adds the addresses at which the heap and the executable are this time. So no module may have, once it is evaluated, anything
// that belongs to one process, nor an object or symbol as a key of a map or set, as the engine finds those by address.
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"

/// The head of a snapshot. The build puts it in the executable, and an executable writes it.
typedef struct {
  /// Whether the executable is to write a snapshot.
  uint32_t wanted;
  /// Numbers of words: KEPT variables, small blocks, others. All zero: there is no snapshot.
  uint32_t kept, chunks, blocks;
  /// The words' kinds, two in a byte, of each part, and behind them all values.
  uint8_t kinds[];
} Snapshot;
extern const Snapshot program_snapshot;

extern uint64_t __start_kept[], __stop_kept[];
extern const char __executable_start[], _end[];

/// The place of the heap from which a snapshot is written, always the same because the engine keeps numbers that it makes of
/// addresses. Nothing else in the heap is likely to look like an address there.
#define PLACE ((uint8_t *)0x27b5400000)
/// An address that is so near to that of a function's variables is on the stack.
#define STACK ((uint64_t)2 * 1024 * 1024)

static uint8_t *heap;

/// The kinds of words; a word is of the first that it can be. It is written as a number of so many bytes, to which the base of its
/// kind is added.
static const struct {
  uint8_t size;
  uint64_t base;
} kinds[] = {
    {0, 0},
    // An address in the heap, or in the executable: the base is that of this process.
    {3, 0},
    {3, 0},
    {1, 0},
    // A value's tag may be negative, and two numbers of 32 bits are one word.
    {1, -(uint64_t)256},
    {1, (uint64_t)1 << 32},
    {1, (uint64_t)2 << 32},
    {2, 0},
    {3, 0},
    {4, 0},
    {5, 0},
    {6, 0},
    {8, 0},
};
enum { ZERO, IN_HEAP, IN_IMAGE, KINDS = sizeof kinds / sizeof *kinds, MOST_KINDS = 16 };
_Static_assert(KINDS <= MOST_KINDS, "two kinds fit a byte");
_Static_assert(HEAP < 1 << 24, "an offset in the heap fits its bytes");

/// The same for the reader, and where it reads on.
typedef struct {
  uint64_t base[MOST_KINDS], mask[MOST_KINDS];
  uint8_t size[MOST_KINDS];
  const uint8_t *kinds, *values;
} Reader;

static uint64_t mask_of(unsigned size) { return size == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * size) - 1; }

static uint64_t base_of(unsigned kind) {
  if (kind == IN_HEAP) return (uintptr_t)heap;
  return kind == IN_IMAGE ? (uintptr_t)__executable_start : kinds[kind].base;
}

static size_t kind_bytes(size_t words) { return (words + 1) / 2; }

static inline uint64_t read_word(const Reader *reader, const uint8_t **values, unsigned kind) {
  uint64_t value;
  memcpy(&value, *values, sizeof value);
  *values += reader->size[kind];
  return (value & reader->mask[kind]) + reader->base[kind];
}

/// Reads words, without a branch on a kind: a processor cannot foresee it.
static void read_words(Reader *reader, uint64_t *to, size_t count) {
  const uint8_t *kind = reader->kinds, *values = reader->values;
  for (; count >= 2; count -= 2, kind++) {
    *to++ = read_word(reader, &values, *kind & 15);
    *to++ = read_word(reader, &values, *kind >> 4);
  }
  if (count > 0) *to = read_word(reader, &values, *kind++);
  reader->kinds = kind;
  reader->values = values;
}

int host_read_snapshot(void) {
  const Snapshot *it = &program_snapshot;
  if (it->kept == 0) return 0;
  heap = host_map_heap(NULL);
  if (heap == NULL) return -1;
  uint8_t *others = heap + HEAP / 2;
  Reader reader = {.kinds = it->kinds};
  reader.values = it->kinds + kind_bytes(it->kept) + kind_bytes(it->chunks) + kind_bytes(it->blocks);
  for (unsigned kind = 0; kind < KINDS; kind++) {
    reader.base[kind] = base_of(kind);
    reader.mask[kind] = mask_of(kinds[kind].size);
    reader.size[kind] = kinds[kind].size;
  }
  read_words(&reader, __start_kept, it->kept);
  read_words(&reader, (uint64_t *)(void *)heap, it->chunks);
  read_words(&reader, (uint64_t *)(void *)others, it->blocks);
  return 1;
}

int host_begin_snapshot(void) {
  if (!program_snapshot.wanted) return 0;
  heap = host_map_heap(PLACE);
  return heap != NULL ? 1 : -1;
}

static unsigned kind_of(uint64_t word) {
  uint64_t size = (uint64_t)(_end - __executable_start), here = (uintptr_t)__builtin_frame_address(0);
  // Addresses on the stack are those of functions that have ended.
  if (word == 0 || word - (here - STACK) < 2 * STACK) return ZERO;
  if (word - base_of(IN_HEAP) <= HEAP) return IN_HEAP;
  if (word - base_of(IN_IMAGE) <= size) return IN_IMAGE;
  unsigned kind = IN_IMAGE + 1;
  while (word - kinds[kind].base > mask_of(kinds[kind].size)) kind++;
  return kind;
}

static int put(const void *bytes, size_t length) { return write(1, bytes, length) == (ssize_t)length ? 0 : -1; }

static int put_value(uint64_t word) {
  unsigned kind = kind_of(word);
  uint64_t value = kind == ZERO ? 0 : word - base_of(kind);
  return put(&value, kinds[kind].size);
}

int host_write_snapshot(void) {
  size_t chunk_bytes, block_bytes;
  host_spare_blocks();
  host_heap_used(&chunk_bytes, &block_bytes);
  const struct {
    const uint64_t *words;
    size_t count;
  } parts[] = {
      {__start_kept, (size_t)(__stop_kept - __start_kept)},
      {(uint64_t *)(void *)heap, chunk_bytes / sizeof(uint64_t)},
      {(uint64_t *)(void *)(heap + HEAP / 2), block_bytes / sizeof(uint64_t)},
  };
  enum { PARTS = sizeof parts / sizeof *parts };
  const Snapshot head = {0, (uint32_t)parts[0].count, (uint32_t)parts[1].count, (uint32_t)parts[2].count};
  int failed = put(&head, sizeof head);
  for (int part = 0; part < PARTS; part++) {
    for (size_t i = 0; i < parts[part].count; i += 2) {
      unsigned second = i + 1 < parts[part].count ? kind_of(parts[part].words[i + 1]) : ZERO;
      const uint8_t both = (uint8_t)(kind_of(parts[part].words[i]) | second << 4);
      failed |= put(&both, 1);
    }
  }
  for (int part = 0; part < PARTS; part++) {
    for (size_t i = 0; i < parts[part].count; i++) failed |= put_value(parts[part].words[i]);
  }
  // The reader takes 8 bytes also of the last value.
  const uint64_t rest = 0;
  return failed | put(&rest, sizeof rest);
}

/// Takes the place of gettimeofday, of which the engine makes its first random number (scripts/build-native.mjs). The program
/// has others (lib/system/quickjs/globals.ts).
int __wrap_gettimeofday(struct timeval *time, void *zone);
int __wrap_gettimeofday(struct timeval *time, void *zone) {
  (void)zone;
  *time = (struct timeval){.tv_sec = 1};
  return 0;
}
