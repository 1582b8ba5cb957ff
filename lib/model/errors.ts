// Errors as data. Nothing here prints or decides an exit status; lib/main.ts does.
import type { ChangeSubject } from './change.ts'

/** A malformed command line or rule (`syntax`), or a refused value or combination (`value`). */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
  constructor(
    message: string,
    readonly kind: 'syntax' | 'value' = 'value',
  ) {
    super(message)
  }
}

/** The kernel refused a request. */
export class KernelError extends Error {
  override readonly name = 'KernelError'
  /** The errno's name, for example `EEXIST`. */
  readonly code: string
  constructor(
    /** A positive errno. */
    readonly errno: number,
    /** The name of the request, for example `NEW_SERVICE`. */
    readonly request: string,
    /** The refused change, if the request was one. */
    readonly subject?: ChangeSubject,
    /** The kernel's own words for the reason, where it gave some (its extended acknowledgement). */
    readonly explanation?: string,
  ) {
    super(`${request}: ${describeErrno(errno)}${explanation === undefined ? '' : ` (${explanation})`}`)
    this.code = errnoName(errno)
  }
}

/** A reply is truncated or malformed. `path` names the attribute, for example `GET_DEST/DEST/ADDR`. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  readonly code = 'DECODE'
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(`malformed reply from the kernel: ${path}: ${problem}`)
  }
}

/** The socket failed, or the kernel gave no consistent answer. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  constructor(
    message: string,
    readonly code: string = 'TRANSPORT',
  ) {
    super(message)
  }
}

/** A source of a listing cannot be read. */
export class ListingError extends Error {
  override readonly name = 'ListingError'
  readonly code = 'LISTING'
}

/** The kernel has no `ip_vs`, or the caller may not use it. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly code = 'UNAVAILABLE'
  constructor(
    /** The reason, in the C library's words. */
    readonly reason: string,
  ) {
    super(`Can't initialize ipvs: ${reason}`)
  }
}

export const EPERM = 1
export const ENOENT = 2
export const ESRCH = 3
export const ENOMEM = 12
export const EEXIST = 17
export const ENODEV = 19
export const EINVAL = 22
export const EMFILE = 24
export const ERANGE = 34
export const ETIMEDOUT = 110
export const ECONNREFUSED = 111

/**
 * Errors of ip_vs, netlink and files (asm-generic/errno*.h), in the C library's words: number, name, text. One text, because
 * a start makes nothing of it.
 */
const ERRNO = `
1 EPERM Operation not permitted
2 ENOENT No such file or directory
3 ESRCH No such process
4 EINTR Interrupted system call
5 EIO Input/output error
6 ENXIO No such device or address
7 E2BIG Argument list too long
8 ENOEXEC Exec format error
9 EBADF Bad file descriptor
10 ECHILD No child processes
11 EAGAIN Resource temporarily unavailable
12 ENOMEM Cannot allocate memory
13 EACCES Permission denied
14 EFAULT Bad address
16 EBUSY Device or resource busy
17 EEXIST File exists
18 EXDEV Invalid cross-device link
19 ENODEV No such device
20 ENOTDIR Not a directory
21 EISDIR Is a directory
22 EINVAL Invalid argument
23 ENFILE Too many open files in system
24 EMFILE Too many open files
25 ENOTTY Inappropriate ioctl for device
26 ETXTBSY Text file busy
27 EFBIG File too large
28 ENOSPC No space left on device
29 ESPIPE Illegal seek
30 EROFS Read-only file system
31 EMLINK Too many links
32 EPIPE Broken pipe
34 ERANGE Numerical result out of range
36 ENAMETOOLONG File name too long
37 ENOLCK No locks available
38 ENOSYS Function not implemented
39 ENOTEMPTY Directory not empty
40 ELOOP Too many levels of symbolic links
71 EPROTO Protocol error
74 EBADMSG Bad message
75 EOVERFLOW Value too large for defined data type
90 EMSGSIZE Message too long
92 ENOPROTOOPT Protocol not available
93 EPROTONOSUPPORT Protocol not supported
95 EOPNOTSUPP Operation not supported
97 EAFNOSUPPORT Address family not supported by protocol
98 EADDRINUSE Address already in use
99 EADDRNOTAVAIL Cannot assign requested address
100 ENETDOWN Network is down
101 ENETUNREACH Network is unreachable
102 ENETRESET Network dropped connection on reset
103 ECONNABORTED Software caused connection abort
104 ECONNRESET Connection reset by peer
105 ENOBUFS No buffer space available
106 EISCONN Transport endpoint is already connected
107 ENOTCONN Transport endpoint is not connected
110 ETIMEDOUT Connection timed out
111 ECONNREFUSED Connection refused
113 EHOSTUNREACH No route to host
114 EALREADY Operation already in progress
115 EINPROGRESS Operation now in progress
116 ESTALE Stale file handle
122 EDQUOT Disk quota exceeded
`

/** Name and text of an errno; undefined if the table does not have it. */
function errnoRow(errno: number): readonly [name: string, text: string] | undefined {
  const key = `\n${errno} `
  const at = ERRNO.indexOf(key)
  if (at < 0) return undefined
  const row = ERRNO.slice(at + key.length, ERRNO.indexOf('\n', at + 1))
  const space = row.indexOf(' ')
  return [row.slice(0, space), row.slice(space + 1)]
}

export function errnoName(errno: number): string {
  return errnoRow(errno)?.[0] ?? `E${errno}`
}

export function describeErrno(errno: number): string {
  return errnoRow(errno)?.[1] ?? `Unknown error ${errno}`
}
