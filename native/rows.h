// Rows of listings: plans of rows, and lists of rows in the program's memory.
#ifndef ROWS_H
#define ROWS_H

#include "host.h"
#include "row-records.h"

#define MOST_ROW_PLANS 16
#define MOST_PIECES 48
#define MOST_NAMES 24
#define MOST_LITERALS 512
#define WORDS 8
/// Of `union nf_inet_addr`.
#define ADDRESS_SIZE 16
#define COUNTER_WIDTH 8
/// At least so many bytes are free where a row is written; a piece has at most LONGEST_PIECE, and overwrites as many behind
/// it.
#define ROOM 4352
#define LONGEST_PIECE 80
#define LONGEST_IDENTITY 128
_Static_assert(LONGEST_IDENTITY + HEADER + ADDRESS_SIZE + (MOST_PIECES + 2) * LONGEST_PIECE <= ROOM, "a row fits");

/// The parts of a row; lib/system/quickjs/packages/record-rows.ts has the same numbers.
enum { LITERAL, ENDPOINT, VALUE, COUNT, BETWEEN, WHEN, SAME_PORT, HOST_NETMASK, PREFIX };

typedef struct {
  uint8_t form, field, width, skip, name, names;
  uint16_t at, length;
  uint32_t mask, least, most;
} Piece;

typedef struct {
  uint32_t number;
  uint16_t at, length;
} Name;

typedef struct {
  int record, pieces, names, literals;
  /// Fields of the record; `protocol` and `mark` are -1 for real servers.
  int address, port, protocol, mark;
  Piece piece[MOST_PIECES];
  Name name[MOST_NAMES];
  /// LONGEST_NAME bytes can be read from any text.
  char literal[MOST_LITERALS + LONGEST_NAME];
} RowPlan;

/// A row of a list, whose texts lie one after the other: the attributes of a request that names it, its line, and the
/// beginning of the lines of its real servers. It is sorted by the words.
typedef struct {
  uint32_t word[WORDS];
  uint32_t family, at;
  uint16_t identity, line, prefix, unused;
} Entry;

/// The beginning of a list: the number of entries, the used bytes of their texts, the next entry to be written.
typedef struct {
  uint32_t count, used, next, unused;
} Head;

typedef struct {
  Head *head;
  Entry *entry;
  uint32_t room;
} List;

/// The request of a dump, and the port of its service, or -1.
typedef struct {
  uint32_t sequence, port;
  int attribute, family, observe, service_port;
} Dump;

/// The list in the bytes of an array; whether it is one.
int row_list(JSContext *context, JSValueConst value, List *list);
/// A plan by its number, or NULL.
const RowPlan *row_plan(int number);
/// Adds the rows of a datagram to a list with these texts: 1, or 0 if one of its messages is left to the program: then all
/// are; or -ENOBUFS if there is too little room, or -1 after an exception. `record` is the one before, or without headers
/// (row_record).
int row_read(JSContext *context, const RowPlan *plan, Bytes datagram, const Dump *dump, Bytes prefix, List *list,
             Bytes texts, Record *record);
/// Sorts a list; `numbers` has two numbers an entry, of which the first half gets the order.
void row_sort(const List *list, uint32_t *numbers, int wraps);
/// The line of an entry: where it is in the texts, or NULL if it is not in them.
const uint8_t *row_line(const Entry *entry, Bytes texts);

#endif
