// Effects of programs on the machine, from strace: the programs that they run, their sockets, the files that they change.

const FILES = 'open,openat,openat2,creat,truncate,mknod,mknodat,mkdir,mkdirat,rmdir,unlink,unlinkat'
const NAMES = 'rename,renameat,renameat2,link,linkat,symlink,symlinkat'
const RIGHTS =
  'chmod,fchmodat,chown,lchown,fchownat,setuid,setgid,setreuid,setregid,setresuid,setresgid,capset'
const OTHERS = 'execve,execveat,socket,connect,bind,listen,sendto,sendmsg,sendmmsg'

/** Words to put before a shell's line, their last word; `deedsOf` reads the traces in the folder. */
export const traced = (folder: string): string[] => [
  ...['strace', '-ff', '-qq', '-o', `${folder}/trace`, '-e', `trace=${FILES},${NAMES},${RIGHTS},${OTHERS}`],
  ...['sh', '-ec'],
]

/** The calls that succeeded, each once, sorted. */
export interface Deeds {
  /** The words of programs that were run, but for the traced ones themselves. */
  readonly programs: string[]
  /** The families of sockets, with the protocol. */
  readonly sockets: string[]
  /** The names that were bound or sent to: ports, paths. */
  readonly peers: string[]
  /** Calls that change files, or the process's rights. */
  readonly changes: string[]
}

/** The traced programs themselves. */
const OWN = /^\["([^"]*\/)?(sh|env|node|ipvsadm(-save|-restore)?)"/

/** @param traces one a process: the content of each file of the folder. Calls of modprobe itself do not count. */
export function deedsOf(traces: readonly string[]): Deeds {
  const calls = traces
    .flatMap((trace) => trace.replace(/^(execve\("\/sbin\/modprobe"[^\n]*\n).*/ms, '$1').split('\n'))
    .filter((call) => !/ = -1 (?!EINPROGRESS)/.test(call))
  const each = (pattern: RegExp) =>
    [...new Set(calls.flatMap((call) => pattern.exec(call)?.slice(1, 2) ?? []))].sort()
  return {
    programs: each(/^execve(?:at)?\(.*?(\[.*?\])/).filter((words) => !OWN.test(words)),
    sockets: each(/^socket\((AF_\w+, SOCK_\w+).*\)/).map((socket) => socket.replace(/SOCK_/, '')),
    peers: each(/^(?:connect|bind|send\w+)\(.*?(sun_path=@?"[^"\\]*|sin6?_port=htons\(\d+\))/),
    changes: each(
      /^((?:open|openat|openat2)\(.*O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND).*\)|(?:creat|truncate|mk|rm|un|rename|link|sym|ch|lch|fch|set|cap)\w*\(.*\)) /,
    ),
  }
}
