// Facts on files of network namespaces, for all runtimes.

/** Opens a file as a reference only (asm-generic/fcntl.h), without an effect on a device or a FIFO. */
export const O_PATH = 0o10000000

/** The file of this process's namespace. */
export const OWN_NAMESPACE = '/proc/self/ns/net'

export const MOUNTS = '/proc/self/mountinfo'

/** Called by path, because root's PATH is not trusted. */
export const NSENTER = '/usr/bin/nsenter'

/**
 * The inode of the network namespace of an open file; undefined for other files.
 * @param target of the file's link in /proc: `net:[4026531840]`, or the path of a mounted namespace
 * @param mounts the text of /proc/self/mountinfo (proc_pid_mountinfo(5))
 */
export function inodeOf(target: string, mounts: () => string): number | undefined {
  let link: string | undefined = target
  if (target.startsWith('/')) {
    link = undefined
    for (const line of mounts().split('\n')) {
      const [, , , root, place] = line.split(' ')
      // The last mount hides the others.
      if (place !== undefined && unescaped(place) === target) link = root
    }
  }
  const [, inode] = /^net:\[(\d+)\]$/.exec(link ?? '') ?? []
  return inode === undefined ? undefined : Number(inode)
}

/** Decodes blanks, newlines and backslashes of a path, such as `\040`. */
const unescaped = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
