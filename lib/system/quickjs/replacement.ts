// The calls for the replacement of a file.
import { close, fchmod, fchown, fsync, open, random, readlink, rename, stat, unlink, write } from 'host'
import type { ReplacementCalls } from '../replace-file.ts'
import { call, systemError } from './calls.ts'

// asm-generic/fcntl.h; the same on all supported machines.
const READ = 0
const WRITE = 1
const CREATE = 0o100
const EXCLUSIVE = 0o200
const TRUNCATE = 0o1000

const TYPE = 0o170000
const REGULAR = 0o100000

const ENOENT = -2
const EINVAL = -22

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += call('write', () => write(descriptor, bytes.subarray(at)))
  }
}

/** Runs `work` on a descriptor that is closed afterwards. */
function opened(path: string, flags: number, work: (descriptor: number) => void): void {
  const descriptor = call('open', () => open(path, flags, 0o666))
  try {
    work(descriptor)
  } finally {
    close(descriptor)
  }
}

export const hostReplacement: ReplacementCalls = {
  status(path) {
    const fields = new Uint32Array(3)
    const result = stat(path, fields)
    if (result === ENOENT) return undefined
    if (result < 0) throw systemError('stat', result)
    const [mode = 0, uid = 0, gid = 0] = fields
    return { regular: (mode & TYPE) === REGULAR, mode, uid, gid }
  },
  readLink(path) {
    const target = readlink(path)
    if (typeof target === 'string') return target
    // The path is not a link, or does not exist.
    if (target === EINVAL || target === ENOENT) return undefined
    throw systemError('readlink', target)
  },
  overwrite: (path, bytes) => opened(path, WRITE | CREATE | TRUNCATE, (file) => writeAll(file, bytes)),
  create: (path, mode) => call('open', () => open(path, WRITE | CREATE | EXCLUSIVE, mode)),
  write: writeAll,
  changeOwner: (descriptor, uid, gid) => void call('fchown', () => fchown(descriptor, uid, gid)),
  changeMode: (descriptor, mode) => void call('fchmod', () => fchmod(descriptor, mode)),
  sync: (descriptor) => void call('fsync', () => fsync(descriptor)),
  close: (descriptor) => void close(descriptor),
  rename: (from, to) => void call('rename', () => rename(from, to)),
  remove: (path) => void call('unlink', () => unlink(path)),
  syncFolder: (path) => opened(path, READ, (folder) => void call('fsync', () => fsync(folder))),
  random(count) {
    const bytes = new Uint8Array(count)
    call('getrandom', () => random(bytes))
    return bytes
  },
}
