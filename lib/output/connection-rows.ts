// A faster alternative to the formatting of connections line by line, if the runtime has one: in the standalone
// executable the C host handles usual lines (native/connections.c), and leaves the rest. A test compares their results.

/**
 * Writes the numeric rows of whole lines of the kernel's list, without engines. Gives their length, or -1 if the lines
 * must be formatted one by one: the runtime has no such function, a line is unusual, or there is too little room.
 */
export function connectionRows(_lines: Uint8Array, _rows: Uint8Array): number {
  return -1
}
