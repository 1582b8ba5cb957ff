// The facts about files of network namespaces that all runtimes need.

/** Opens a file only to name it (asm-generic/fcntl.h): a device or a FIFO does not notice. */
export const O_PATH = 0o10000000

export const MOUNTS = '/proc/self/mountinfo'

/** By its path: what runs as root takes no program from PATH. */
export const NSENTER = '/usr/bin/nsenter'

/**
 * The inode of the network namespace that an open file stands for; undefined if it stands for none.
 * @param target of the link by which the file is known in /proc: `net:[4026531840]`, or the path of a mounted namespace
 * @param mounts the text of /proc/self/mountinfo (proc_pid_mountinfo(5))
 */
export function inodeOf(target: string, mounts: () => string): number | undefined {
  let link: string | undefined = target
  if (target.startsWith('/')) {
    link = undefined
    for (const line of mounts().split('\n')) {
      const [, , , root, place] = line.split(' ')
      // What is mounted last hides the others.
      if (place !== undefined && unescaped(place) === target) link = root
    }
  }
  const [, inode] = /^net:\[(\d+)\]$/.exec(link ?? '') ?? []
  return inode === undefined ? undefined : Number(inode)
}

/** Blanks, newlines and backslashes of a path are `\040` and so on there. */
const unescaped = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
