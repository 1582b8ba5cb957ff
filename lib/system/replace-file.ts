// A file's content replaced as a whole: at every moment the path names the old file or the new one, both complete.
import type { SystemError } from './files.ts'
import { WriteError } from './system.ts'

/** A runtime's calls for it. The errors that they throw have the errno's name as `code`. */
export interface ReplacementCalls {
  /** The status of the file that the path leads to; undefined if there is none. */
  status(path: string): FileStatus | undefined
  /** The target of a symbolic link; undefined if the path is none. */
  readLink(path: string): string | undefined
  /** Writes to what is there already, such as a terminal or a pipe. */
  overwrite(path: string, bytes: Uint8Array): void
  /** Creates a file that did not exist (fails with EEXIST, also for a link) and gives its descriptor. */
  create(path: string, mode: number): number
  /** Writes all of the bytes. */
  write(descriptor: number, bytes: Uint8Array): void
  changeOwner(descriptor: number, uid: number, gid: number): void
  changeMode(descriptor: number, mode: number): void
  /** Waits until a file's content is on the disk. */
  sync(descriptor: number): void
  close(descriptor: number): void
  rename(from: string, to: string): void
  remove(path: string): void
  /** Waits until a folder's entries are on the disk. */
  syncFolder(path: string): void
  random(bytes: number): Uint8Array
}

export interface FileStatus {
  /** Whether it is a regular file. */
  readonly regular: boolean
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** The mode of a new file: a rule file tells how a network is built. */
const NEW_MODE = 0o600
const PERMISSIONS = 0o7777

/** The longest name of a file, in bytes (NAME_MAX). */
const LONGEST_NAME = 255
/** As many links lead one to another at the most (MAXSYMLINKS). */
const MOST_LINKS = 40
const RANDOM_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const RANDOM_LENGTH = 6
/** Temporary names that are tried before an existing file counts as an error. */
const ATTEMPTS = 100

/**
 * Writes a temporary file in the same folder, syncs that, and renames it. The new file has the old one's mode and
 * owner; a symbolic link stays one, also if its target does not exist yet. A path that is no regular file (a terminal,
 * a pipe) is written to. Throws a WriteError; the old file is untouched then.
 */
export function replaceFile(path: string, text: string, calls: ReplacementCalls): void {
  const bytes = new TextEncoder().encode(text)
  try {
    const old = calls.status(path)
    if (old !== undefined && !old.regular) calls.overwrite(path, bytes)
    else replace(follow(path, calls), old, bytes, calls)
  } catch (error) {
    throw new WriteError(`cannot write ${path}: ${(error as Error).message}`)
  }
}

/** The path that symbolic links lead to, whether there is a file or not. */
function follow(path: string, calls: ReplacementCalls): string {
  let at = path
  for (let links = 0; links < MOST_LINKS; links++) {
    const target = calls.readLink(at)
    if (target === undefined) return at
    at = target.startsWith('/') ? target : folderOf(at) + target
  }
  throw new Error('ELOOP: too many symbolic links encountered')
}

/** The part of a path before the file's name: empty, or with a slash at its end. */
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)

function replace(
  path: string,
  old: FileStatus | undefined,
  bytes: Uint8Array,
  calls: ReplacementCalls,
): void {
  const { temporary, descriptor } = createTemporary(path, calls)
  try {
    try {
      if (old !== undefined) takeOver(descriptor, old, calls)
      calls.write(descriptor, bytes)
      calls.sync(descriptor)
    } finally {
      calls.close(descriptor)
    }
    calls.rename(temporary, path)
  } catch (error) {
    calls.remove(temporary)
    throw error
  }
  try {
    // Only then is the rename itself on the disk. Some file systems cannot do it.
    calls.syncFolder(folderOf(path) || '.')
  } catch {
    // The new file is there and complete.
  }
}

/** A new file `.NAME.XXXXXX`. A file that an earlier save left behind has another random name. */
function createTemporary(path: string, calls: ReplacementCalls): { temporary: string; descriptor: number } {
  const folder = folderOf(path)
  const name = shortened(path.slice(folder.length), LONGEST_NAME - RANDOM_LENGTH - 2)
  for (let attempt = 1; ; attempt++) {
    const random = [...calls.random(RANDOM_LENGTH)].map(
      (byte) => RANDOM_CHARACTERS[byte % RANDOM_CHARACTERS.length],
    )
    const temporary = `${folder}.${name}.${random.join('')}`
    try {
      return { temporary, descriptor: calls.create(temporary, NEW_MODE) }
    } catch (error) {
      if ((error as SystemError).code !== 'EEXIST' || attempt === ATTEMPTS) throw error
    }
  }
}

/** A name cut to so many bytes, between two characters. */
function shortened(name: string, most: number): string {
  const encoder = new TextEncoder()
  const characters = [...name]
  while (encoder.encode(characters.join('')).length > most) characters.pop()
  return characters.join('')
}

function takeOver(descriptor: number, { mode, uid, gid }: FileStatus, calls: ReplacementCalls): void {
  try {
    calls.changeOwner(descriptor, uid, gid)
  } catch (error) {
    // Only root may give a file away; without that right the new file belongs to the user who runs this.
    if ((error as SystemError).code !== 'EPERM') throw error
  }
  calls.changeMode(descriptor, mode & PERMISSIONS)
}
