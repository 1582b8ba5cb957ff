// The C library's system calls for the standalone binary, by Bun's foreign functions. (Bun's own node:fs takes a third
// of a start to load.) The numbers are those of x86-64 Linux, which the binary is for.
import { dlopen, read } from 'bun:ffi'

const { symbols } = dlopen('libc.so.6', {
  open: { args: ['ptr', 'i32'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  read: { args: ['i32', 'ptr', 'u64_fast'], returns: 'i64_fast' },
  write: { args: ['i32', 'ptr', 'u64_fast'], returns: 'i64_fast' },
  isatty: { args: ['i32'], returns: 'i32' },
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  send: { args: ['i32', 'ptr', 'u64_fast', 'i32'], returns: 'i64_fast' },
  recvmmsg: { args: ['i32', 'ptr', 'u32', 'i32', 'ptr'], returns: 'i32' },
  _exit: { args: ['i32'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
})

export const libc = symbols

/** The errno of the call that has just failed, positive. */
export function errno(): number {
  return read.i32(symbols.__errno_location(), 0)
}

/** What a C string is: bytes with a NUL after them. */
export function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`)
}
