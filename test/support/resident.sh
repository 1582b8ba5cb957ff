#!/bin/sh
# Stands on the PATH as each of the three programs, and has resident.cjs run it on the streams 7, 8 and 9: the shell
# moves its own ones for a redirection.
exec 7<&0 8>&1 9>&2
printf '%s\0' $(($# + 2)) $$ "${0##*/}" "$@" >"$RESIDENT/request"
read -r status <"$RESIDENT/reply"
exit "$status"
