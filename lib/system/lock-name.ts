// The address of a lock: the name of an abstract Unix socket, which ends with its process.

/** The bytes of `sun_path` after the NUL that makes a name abstract. */
const NAME_BYTES = 107

/**
 * The name padded with dots to its full length. The kernel compares names with their lengths, and runtimes pass
 * different ones: Node 20 the full length, later ones that of the text. A full name is the same for all of them. The
 * padding is not NUL: Node 20 with libuv 1.50, as Debian 13 has it, refuses names with a second one.
 */
export function lockName(name: string): string {
  return `\0${name.padEnd(NAME_BYTES, '.')}`
}
