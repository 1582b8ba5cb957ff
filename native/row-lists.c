// Lists of rows: their order, and their lines.
#include <errno.h>
#include <string.h>

#include "rows.h"

/// The list in the bytes of an array; whether it is one.
int row_list(JSContext *context, JSValueConst value, List *list) {
  size_t count;
  list->head = host_numbers(context, value, sizeof(Head) / 4, &count);
  if (list->head == NULL) return 0;
  list->entry = (Entry *)(list->head + 1);
  list->room = (uint32_t)((count - sizeof(Head) / 4) / (sizeof(Entry) / 4));
  return list->head->count <= list->room;
}

/// The sign of the first difference: of 32 bits, as the reference sorts, or without wrapping, which tells entries apart.
static inline int compare(const Entry *a, const Entry *b, int wraps) {
  if (!wraps && a->family != b->family) return a->family < b->family ? -1 : 1;
  for (int i = 0; i < WORDS; i++) {
    if (a->word[i] == b->word[i]) continue;
    if (wraps) return (int32_t)(a->word[i] - b->word[i]) < 0 ? -1 : 1;
    return a->word[i] < b->word[i] ? -1 : 1;
  }
  return 0;
}

/// The merge sort of lib/output/sort.ts, of at least two: with differences that wrap the result depends on the pairs that are
/// compared.
static void sort(const Entry *entry, uint32_t *order, uint32_t *room, uint32_t start, uint32_t end, int wraps) {
  uint32_t middle = start + (end - start) / 2;
  if (middle - start > 1) sort(entry, order, room, start, middle, wraps);
  if (end - middle > 1) sort(entry, order, room, middle, end, wraps);
  uint32_t left = start, right = middle, at = start;
  while (left < middle && right < end) {
    int is_left = compare(&entry[order[left]], &entry[order[right]], wraps) <= 0;
    room[at++] = is_left ? order[left++] : order[right++];
  }
  while (left < middle) room[at++] = order[left++];
  memcpy(order + start, room + start, (size_t)(at - start) * sizeof *order);
}

void row_sort(const List *list, uint32_t *numbers, int wraps) {
  uint32_t rows = list->head->count;
  for (uint32_t i = 0; i < rows; i++) numbers[i] = i;
  if (rows > 1) sort(list->entry, numbers, numbers + rows, 0, rows, wraps);
}

const uint8_t *row_line(const Entry *entry, Bytes texts) {
  size_t from = (size_t)entry->at + entry->identity;
  return from > texts.length || entry->line > texts.length - from ? NULL : texts.data + from;
}

/// Sorts a list: list, room for two numbers an entry, whether differences wrap. The first half gets the numbers of the
/// entries in order. Gives the number of neighbours that are equal.
static HOST_FUNCTION(rows_sort) {
  List list;
  size_t room;
  uint32_t *numbers = host_numbers(context, arguments[1], 0, &room);
  if (!row_list(context, arguments[0], &list) || numbers == NULL) return JS_NewInt32(context, -EINVAL);
  uint32_t rows = list.head->count, equal = 0;
  if (room / 2 < rows) return JS_NewInt32(context, -EINVAL);
  int wraps = JS_ToBool(context, arguments[2]);
  row_sort(&list, numbers, wraps);
  for (uint32_t i = 1; i < rows; i++) {
    equal += compare(&list.entry[numbers[i - 1]], &list.entry[numbers[i]], wraps) == 0;
  }
  return JS_NewInt64(context, equal);
}

/// Writes lines of a list from its next entry on, at most so many and as many as fit: list, order, texts, bytes, position,
/// number. Gives where they end; the list says which entry is next.
static HOST_FUNCTION(rows_write) {
  List list;
  Bytes order = host_bytes(context, arguments[1]), texts = host_bytes(context, arguments[2]);
  Bytes bytes = host_bytes(context, arguments[3]);
  int start = host_int(context, arguments[4]), most = host_int(context, arguments[5]);
  if (!row_list(context, arguments[0], &list) || start < 0 || (size_t)start > bytes.length)
    return JS_NewInt32(context, -EINVAL);
  size_t at = (size_t)start, ordered = order.data == NULL ? 0 : order.length / sizeof(uint32_t);
  for (; most > 0 && list.head->next < list.head->count; list.head->next++, most--) {
    uint32_t number = list.head->next;
    if (number < ordered) memcpy(&number, order.data + number * sizeof number, sizeof number);
    if (number >= list.head->count) return JS_NewInt32(context, -EINVAL);
    const Entry *entry = &list.entry[number];
    const uint8_t *line = row_line(entry, texts);
    if (line == NULL) return JS_NewInt32(context, -EINVAL);
    if (entry->line > bytes.length - at) break;
    memcpy(bytes.data + at, line, entry->line);
    at += entry->line;
  }
  return JS_NewInt64(context, (int64_t)at);
}

const JSCFunctionListEntry host_row_lists[] = {
    JS_CFUNC_DEF("sortRows", 3, rows_sort),
    JS_CFUNC_DEF("writeRows", 6, rows_write),
};
const int host_row_lists_count = sizeof host_row_lists / sizeof *host_row_lists;
