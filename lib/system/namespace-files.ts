// The facts about files of network namespaces that all runtimes need.

/** Opens a file only to name it (asm-generic/fcntl.h): a device or a FIFO does not notice. */
export const O_PATH = 0o10000000

/** By its path: what runs as root takes no program from PATH. */
export const NSENTER = '/usr/bin/nsenter'

/** @param target of the link by which an open file is known in /proc: `net:[4026531840]`, or a path */
export function inodeOf(target: string): number | undefined {
  const [, inode] = /^net:\[(\d+)\]$/.exec(target) ?? []
  return inode === undefined ? undefined : Number(inode)
}
