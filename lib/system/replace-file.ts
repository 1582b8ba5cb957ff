// A file's content replaced as a whole: at every moment the path names the old file or the new one, both complete.
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { WriteError } from './system.ts'

/** Of a new file: a rule file tells how a network is built. */
const NEW_MODE = 0o600
const PERMISSIONS = 0o7777

/**
 * Writes a temporary file beside it, syncs that, and renames it. The new file has the old one's mode and owner; a
 * symbolic link stays one. What is no regular file (a terminal, a pipe) is written to as it is.
 * Throws a WriteError; the old file is untouched then.
 */
export function replaceFile(path: string, text: string): void {
  try {
    const old = statSync(path, { throwIfNoEntry: false })
    if (old !== undefined && !old.isFile()) writeFileSync(path, text)
    else replace(old === undefined ? path : realpathSync(path), old, text)
  } catch (error) {
    throw new WriteError(`cannot write ${path}: ${(error as Error).message}`)
  }
}

function replace(path: string, old: Stats | undefined, text: string): void {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`)
  // Fails if there is such a file, or a link to one.
  const descriptor = openSync(temporary, 'wx', NEW_MODE)
  try {
    try {
      if (old !== undefined) takeOver(descriptor, old)
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, path)
  } catch (error) {
    unlinkSync(temporary)
    throw error
  }
  syncFolder(folder)
}

function takeOver(descriptor: number, { mode, uid, gid }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch (error) {
    // Only root may give a file away; to whoever may not, the file belongs from now on.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
  fchmodSync(descriptor, mode & PERMISSIONS)
}

/** The rename itself is on the disk only then. Some file systems cannot do that, and it is done without. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The new file is there and complete.
  }
}
