// The engine's memory. Small blocks come from free lists, one for each size, and never go back to the system: the engine
// makes and frees millions of them, which takes half as long as with the C library. Larger blocks are the C library's.
//
// A small block's address is a multiple of 16, a larger one's is not: the 8 bytes before it hold its size.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"

#define UNIT 16
#define SMALL 512
/// Blocks of one size lie together in so many bytes, at an address that is a multiple of that. Their size is at its start.
#define CHUNK ((size_t)16 * 1024)
/// Chunks that are taken from the system at a time. What is not written to takes no memory.
#define CHUNKS 16

typedef struct Block {
  struct Block *next;
} Block;

typedef struct {
  Block *free;
  uint8_t *fresh, *end;
} List;

static List lists[SMALL / UNIT + 1];
static uint8_t *chunks, *chunks_end;

static size_t units(size_t size) { return (size + UNIT - 1) / UNIT; }

static int is_small(const void *block) { return ((uintptr_t)block & (UNIT - 1)) == 0; }

static size_t *size_of_large(const void *block) { return (size_t *)((uintptr_t)block - sizeof(size_t)); }

static size_t usable_size(const void *block) {
  if (block == NULL) return 0;
  if (!is_small(block)) return *size_of_large(block);
  return *(size_t *)((uintptr_t)block & ~(CHUNK - 1));
}

static uint8_t *new_chunk(void) {
  if (chunks == chunks_end) {
    size_t length = CHUNK * (CHUNKS + 1);
    uint8_t *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    chunks = (uint8_t *)(((uintptr_t)memory + CHUNK - 1) & ~(CHUNK - 1));
    chunks_end = chunks + CHUNK * CHUNKS;
  }
  uint8_t *chunk = chunks;
  chunks += CHUNK;
  return chunk;
}

static void *take_small(size_t size) {
  List *list = &lists[units(size)];
  Block *block = list->free;
  if (block != NULL) {
    list->free = block->next;
    return block;
  }
  size = units(size) * UNIT;
  if (list->fresh == NULL || list->fresh + size > list->end) {
    uint8_t *chunk = new_chunk();
    if (chunk == NULL) return NULL;
    *(size_t *)(void *)chunk = size;
    list->fresh = chunk + UNIT;
    list->end = chunk + CHUNK;
  }
  uint8_t *fresh = list->fresh;
  list->fresh += size;
  return fresh;
}

static void *take_large(size_t size) {
  if (size > SIZE_MAX - sizeof(size_t)) return NULL;
  size_t *memory = malloc(size + sizeof(size_t));
  if (memory == NULL) return NULL;
  *memory = size;
  return memory + 1;
}

static void *allocate(JSMallocState *state, size_t size) {
  void *block = size <= SMALL ? take_small(size ? size : 1) : take_large(size);
  if (block == NULL) return NULL;
  state->malloc_count++;
  state->malloc_size += usable_size(block);
  return block;
}

static void release(JSMallocState *state, void *block) {
  if (block == NULL) return;
  size_t size = usable_size(block);
  state->malloc_count--;
  state->malloc_size -= size;
  if (!is_small(block)) {
    free(size_of_large(block));
    return;
  }
  List *list = &lists[size / UNIT];
  ((Block *)block)->next = list->free;
  list->free = block;
}

static void *resize(JSMallocState *state, void *block, size_t size) {
  if (block == NULL) return size ? allocate(state, size) : NULL;
  if (size == 0) {
    release(state, block);
    return NULL;
  }
  size_t before = usable_size(block);
  if (is_small(block) ? size <= SMALL && units(size) * UNIT == before : size == before) return block;
  if (!is_small(block) && size > SMALL) {
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
