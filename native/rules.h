// Rule files in bytes: the place in the lines, and in the datagram that is made from them.
#ifndef RULES_H
#define RULES_H

#include <stddef.h>
#include <stdint.h>

#include "host.h"

/// lib/rules/sending-room.ts
enum { RULE_FROM, RULE_TO, RULE_LINE, RULE_AT, RULE_COUNT, RULE_SEQUENCE, RULE_PROGRESS };
#define LONGEST_MESSAGE 512

/// The progress in a typed array; NULL for another value.
uint32_t *rule_progress(JSContext *context, JSValueConst value);
/// Whether a text has the place that the progress says.
int rule_fits(Bytes text, const uint32_t *progress);
/// The line at the place; its length, without the newline. 0 at the end.
int rule_line(Bytes text, const uint32_t *progress, const char **line, int *length);
void rule_next(uint32_t *progress, int length);
/// Whether a line has no words, or is a comment.
int rule_is_nothing(const char *line, int length);

#endif
