// The names of errnos: those of the C library, as Node has them.
import { constants } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { describeErrno, errnoName } from '../../lib/model/errors.ts'

/** Of open(2), read(2), write(2), rename(2), unlink(2), execve(2), setns(2), socket(7), connect(2), sendto(2) and netlink. */
const NAMES =
  `EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT EBUSY EEXIST EXDEV
  ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE ERANGE ENAMETOOLONG
  ENOLCK ENOSYS ENOTEMPTY ELOOP EPROTO EBADMSG EOVERFLOW EMSGSIZE ENOPROTOOPT EPROTONOSUPPORT EOPNOTSUPP EAFNOSUPPORT
  EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ETIMEDOUT
  ECONNREFUSED EHOSTUNREACH EALREADY EINPROGRESS ESTALE EDQUOT`.split(
    /\s+/,
  ) as (keyof typeof constants.errno)[]

describe('errnos', () => {
  it.each(NAMES)('%s has a name and a text', (name) => {
    const errno = constants.errno[name]
    expect(errnoName(errno)).toBe(name)
    expect(describeErrno(errno)).toMatch(/^[A-Z](?!nknown error)[a-z]/)
  })

  it('has a number for others', () => {
    expect(errnoName(4000)).toBe('E4000')
    expect(describeErrno(4000)).toBe('Unknown error 4000')
  })
})
