// Atomic replacement of a file: at every moment the path names the old file or the new one, both complete.
import type { SystemError } from './files.ts'
import { WriteError } from './system.ts'

/** A runtime's calls for the replacement. Their errors have the errno's name as `code`. */
export interface ReplacementCalls {
  /** The status of the file at the path, following links; undefined if there is none. */
  status(path: string): FileStatus | undefined
  /** The target of a symbolic link; undefined if the path is not a link. */
  readLink(path: string): string | undefined
  /** Writes to an existing file, such as a terminal or a pipe. */
  overwrite(path: string, bytes: Uint8Array): void
  /** Creates a new file (fails with EEXIST, also for a link) and gives its descriptor. */
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

interface FileStatus {
  /** Whether it is a regular file. */
  readonly regular: boolean
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** The mode of a new file. Not readable for others: a rule file shows the structure of a network. */
const NEW_MODE = 0o600
const PERMISSIONS = 0o7777

/** The longest name of a file, in bytes (NAME_MAX). */
const LONGEST_NAME = 255
/** The maximum length of a chain of links (MAXSYMLINKS). */
const MOST_LINKS = 40
const RANDOM_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const RANDOM_LENGTH = 6
/** The number of temporary names to try before an existing file counts as an error. */
const ATTEMPTS = 100

/**
 * Writes a temporary file in the same folder, syncs and renames it. The new file has the old one's mode and
 * owner; a symbolic link is kept, even if its target does not exist yet. A path that is not a regular file (a terminal,
 * a pipe) is written to. On failure throws a WriteError and leaves the old file unchanged.
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

/** The path at the end of symbolic links, whether it exists or not. */
function follow(path: string, calls: ReplacementCalls): string {
  let at = path
  for (let links = 0; links < MOST_LINKS; links++) {
    const target = calls.readLink(at)
    if (target === undefined) return at
    at = target.startsWith('/') ? target : folderOf(at) + target
  }
  throw new Error('ELOOP: too many symbolic links encountered')
}

/** The part of a path before the file's name: empty or ending in a slash. */
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
    // Writes the rename to the disk. Some file systems do not support it.
    calls.syncFolder(folderOf(path) || '.')
  } catch {
    // The new file is in place and complete.
  }
}

/** A new file `.NAME.XXXXXX`. Leftovers of earlier saves have other random names. */
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

/** A name truncated to at most this many bytes, between two characters. */
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
    // Only root can change the owner; otherwise the new file belongs to the current user.
    if ((error as SystemError).code !== 'EPERM') throw error
  }
  calls.changeMode(descriptor, mode & PERMISSIONS)
}
