// The calls for the replacement of a file on Node.
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type { SystemError } from '../files.ts'
import type { ReplacementCalls } from '../replace-file.ts'

export const nodeReplacement: ReplacementCalls = {
  status(path) {
    const status = statSync(path, { throwIfNoEntry: false })
    if (status === undefined) return undefined
    const { mode, uid, gid } = status
    return { regular: status.isFile(), mode, uid, gid }
  },
  readLink(path) {
    try {
      return readlinkSync(path)
    } catch (error) {
      // The path is not a link, or does not exist.
      if (['EINVAL', 'ENOENT'].includes((error as SystemError).code ?? '')) return undefined
      throw error
    }
  },
  overwrite: (path, bytes) => writeFileSync(path, bytes),
  create: (path, mode) => openSync(path, 'wx', mode),
  write: (descriptor, bytes) => writeFileSync(descriptor, bytes),
  changeOwner: fchownSync,
  changeMode: fchmodSync,
  sync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  remove: unlinkSync,
  syncFolder(path) {
    const descriptor = openSync(path, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  },
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
}
