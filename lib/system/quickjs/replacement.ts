// The calls for the replacement of a file.
import * as host from 'host'
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
    at += call('write', () => host.write(descriptor, bytes.subarray(at)))
  }
}

/** Runs `work` on a descriptor that is closed afterwards. */
function opened(path: string, flags: number, work: (descriptor: number) => void): void {
  const descriptor = call('open', () => host.open(path, flags, 0o666))
  try {
    work(descriptor)
  } finally {
    host.close(descriptor)
  }
}

export const hostReplacement: ReplacementCalls = {
  status(path) {
    const fields = new Uint32Array(4)
    const result = host.stat(path, fields)
    if (result === ENOENT) return undefined
    if (result < 0) throw systemError('stat', result)
    const [mode = 0, uid = 0, gid = 0] = fields
    return { regular: (mode & TYPE) === REGULAR, mode, uid, gid }
  },
  readLink(path) {
    const target = host.readlink(path)
    if (typeof target === 'string') return target
    // The path is not a link, or does not exist.
    if (target === EINVAL || target === ENOENT) return undefined
    throw systemError('readlink', target)
  },
  overwrite: (path, bytes) => opened(path, WRITE | CREATE | TRUNCATE, (file) => writeAll(file, bytes)),
  create: (path, mode) => call('open', () => host.open(path, WRITE | CREATE | EXCLUSIVE, mode)),
  write: writeAll,
  changeOwner: (descriptor, uid, gid) => void call('fchown', () => host.fchown(descriptor, uid, gid)),
  changeMode: (descriptor, mode) => void call('fchmod', () => host.fchmod(descriptor, mode)),
  sync: (descriptor) => void call('fsync', () => host.fsync(descriptor)),
  close: (descriptor) => void host.close(descriptor),
  rename: (from, to) => void call('rename', () => host.rename(from, to)),
  remove: (path) => void call('unlink', () => host.unlink(path)),
  syncFolder: (path) => opened(path, READ, (folder) => void call('fsync', () => host.fsync(folder))),
  random(count) {
    const bytes = new Uint8Array(count)
    call('getrandom', () => host.random(bytes))
    return bytes
  },
}
