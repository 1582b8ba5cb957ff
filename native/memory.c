// The engine's memory. Blocks up to some size come from free lists, one for each size, and never go back to the system:
// the engine allocates and frees millions of them, which takes half as long as with the C library, and touches half of the
// memory. Larger blocks are the C library's.
//
// The address of a small block is a multiple of 16. That of any other is not: the 8 bytes before it hold its size.
//
// A snapshot has the heap's first mapping, as much of it as is in use (snapshot.c).
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"

#define UNIT 16
#define SMALL 128
/// Blocks of one size lie together in so many bytes, at an address that is a multiple of that. Their size is at its start.
#define CHUNK ((size_t)4 * 1024)
/// The number of bytes requested from the system at a time. Untouched bytes take no memory.
#define REGION ((size_t)512 * 1024)
/// The largest block of a free list. The sizes between this and SMALL are eighths of the next lower power of two apart.
#define MEDIUM ((size_t)128 * 1024)
#define MEDIUM_LISTS (8 * 10 + 1)
_Static_assert(SMALL << (MEDIUM_LISTS / 8) == MEDIUM, "a list for each medium size");

typedef struct Block {
  struct Block *next;
} Block;

typedef struct {
  Block *free;
  uint8_t *fresh, *end;
} List;

/// The unused rest of the system's memory.
typedef struct {
  uint8_t *at, *end;
} Rest;

/// Whether the heap is for a snapshot: freed blocks become zeros, so that it has the same bytes each time, and there is no
/// memory but the heap's first mapping.
static int is_written;
static KEPT List lists[SMALL / UNIT + 1];
static KEPT Block *medium[MEDIUM_LISTS];
static KEPT Rest chunks, blocks;
/// Large blocks that were freed before the snapshot. They are used before `blocks`, whose next pages are new.
static KEPT Rest spare[6];

static size_t units(size_t size) { return (size + UNIT - 1) / UNIT; }

static int is_small(const void *block) { return ((uintptr_t)block & (UNIT - 1)) == 0; }

static size_t *size_of_large(const void *block) { return (size_t *)((uintptr_t)block - sizeof(size_t)); }

static size_t usable_size(const void *block) {
  if (block == NULL) return 0;
  if (!is_small(block)) return *size_of_large(block);
  return *(size_t *)((uintptr_t)block & ~(CHUNK - 1));
}

static uint8_t *map(uint8_t *place, size_t length, int flags) {
  void *memory = mmap(place, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

uint8_t *host_map_heap(uint8_t *place) {
  uint8_t *memory = map(place, HEAP, place ? MAP_FIXED_NOREPLACE : 0);
  if (memory == NULL || (place != NULL && memory != place)) return NULL;
  is_written = place != NULL;
  chunks = (Rest){memory, memory + HEAP / 2};
  blocks = (Rest){memory + HEAP / 2, memory + HEAP};
  return memory;
}

void host_heap_used(size_t *chunk_bytes, size_t *block_bytes) {
  *chunk_bytes = HEAP / 2 - (size_t)(chunks.end - chunks.at);
  *block_bytes = HEAP / 2 - (size_t)(blocks.end - blocks.at);
}

/// Takes bytes of a rest, which gets more from the system if it is used up.
static uint8_t *take(Rest *rest, size_t size) {
  if (size > (size_t)(rest->end - rest->at)) {
    uint8_t *memory = is_written ? NULL : map(NULL, REGION, 0);
    if (memory == NULL) return NULL;
    *rest = (Rest){memory, memory + REGION};
  }
  uint8_t *taken = rest->at;
  rest->at += size;
  return taken;
}

static uint8_t *take_block(size_t size) {
  for (size_t i = 0; i < sizeof spare / sizeof *spare; i++) {
    if (size <= (size_t)(spare[i].end - spare[i].at)) return take(&spare[i], size);
  }
  return take(&blocks, size);
}

/// @param size a multiple of UNIT
static void *take_small(size_t size) {
  List *list = &lists[size / UNIT];
  Block *block = list->free;
  if (block != NULL) {
    list->free = block->next;
    return block;
  }
  if (list->fresh + size > list->end) {
    uint8_t *chunk = take(&chunks, CHUNK);
    if (chunk == NULL) return NULL;
    *(size_t *)(void *)chunk = size;
    list->fresh = chunk + UNIT;
    list->end = chunk + CHUNK;
  }
  uint8_t *fresh = list->fresh;
  list->fresh += size;
  return fresh;
}

/// The list of a medium size, and the size of its blocks.
static size_t medium_list(size_t size, size_t *rounded) {
  size_t power = SMALL, list = 0;
  for (; size > 2 * power; power *= 2) list += 8;
  size_t eighths = (size - power + power / 8 - 1) / (power / 8);
  *rounded = power + eighths * (power / 8);
  return list + eighths;
}

static void *take_medium(size_t size) {
  size_t rounded, list = medium_list(size, &rounded);
  Block *block = medium[list];
  if (block != NULL) {
    medium[list] = block->next;
    return block;
  }
  size_t *memory = (size_t *)(void *)take_block(rounded + UNIT);
  if (memory == NULL) return NULL;
  *memory = rounded;
  return memory + 1;
}

static void *take_large(size_t size) {
  if (size <= MEDIUM) return take_medium(size);
  if (is_written || size > SIZE_MAX - sizeof(size_t)) return NULL;
  size_t *memory = malloc(size + sizeof(size_t));
  if (memory == NULL) return NULL;
  *memory = size;
  return memory + 1;
}

void host_spare_blocks(void) {
  size_t found = 0;
  for (int list = MEDIUM_LISTS - 1; list >= 0 && found < sizeof spare / sizeof *spare; list--) {
    Block *block = medium[list];
    if (block == NULL) continue;
    medium[list] = block->next;
    uint8_t *start = (uint8_t *)size_of_large(block), *end = start + usable_size(block) + UNIT;
    memset(start, 0, (size_t)(end - start));
    spare[found++] = (Rest){start, end};
  }
}

#pragma GCC diagnostic push
// The analyzer looks for the address that malloc gave; a large block is kept by the one behind its size.
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
static void *allocate(JSMallocState *state, size_t size) {
  void *block;
  if (size <= SMALL) {
    size = size ? units(size) * UNIT : UNIT;
    block = take_small(size);
  } else {
    block = take_large(size);
    size = usable_size(block);
  }
  if (block == NULL) return NULL;
  state->malloc_count++;
  state->malloc_size += size;
  return block;
}
#pragma GCC diagnostic pop

static void release(JSMallocState *state, void *block) {
  if (block == NULL) return;
  size_t size = usable_size(block);
  if (is_written) memset(block, 0, size);
  state->malloc_count--;
  state->malloc_size -= size;
  if (!is_small(block) && size > MEDIUM) {
    free(size_of_large(block));
    return;
  }
  size_t rounded;
  Block **list = is_small(block) ? &lists[size / UNIT].free : &medium[medium_list(size, &rounded)];
  ((Block *)block)->next = *list;
  *list = block;
}

static void *resize(JSMallocState *state, void *block, size_t size) {
  if (block == NULL) return size ? allocate(state, size) : NULL;
  if (size == 0) {
    release(state, block);
    return NULL;
  }
  size_t before = usable_size(block);
  // A block is kept while at least half of it is used.
  if (size <= before && (size > before / 2 || before == UNIT)) return block;
  if (before > MEDIUM && size > MEDIUM) {
    if (size > SIZE_MAX - sizeof(size_t)) return NULL;
    size_t *memory = realloc(size_of_large(block), size + sizeof(size_t));
    if (memory == NULL) return NULL;
    *memory = size;
    state->malloc_size += size - before;
    return memory + 1;
  }
  void *other = allocate(state, size);
  if (other == NULL) return NULL;
  memcpy(other, block, before < size ? before : size);
  release(state, block);
  return other;
}

const JSMallocFunctions host_memory = {allocate, release, resize, usable_size};
