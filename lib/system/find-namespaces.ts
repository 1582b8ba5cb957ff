// Network namespaces: the word that selects one → its file; a list of all, each once. Opens no file itself.
import { OWN_NAMESPACE } from './namespace-files.ts'
import type { Namespaces } from './system.ts'

/** The folders of named namespaces: those of `ip netns`, and Docker's. */
const PLACES = ['/run/netns', '/run/docker/netns'] as const

/** A network namespace that does not exist, or cannot be entered. */
export class NamespaceError extends Error {
  override readonly name = 'NamespaceError'
  constructor(
    message: string,
    /** The errno's name. */
    readonly code: string,
  ) {
    super(message)
  }
}

/** The error of a failed call on the namespace `word`. */
export function namespaceError(word: string, error: unknown): NamespaceError {
  const { code = 'EINVAL', message } = error as Error & { readonly code?: string }
  const reason = isForbidden(code) ? 'Permission denied (you must be root)' : message
  return new NamespaceError(`cannot enter the network namespace \`${word}': ${reason}`, code)
}

const isForbidden = (code: string | undefined) => code === 'EACCES' || code === 'EPERM'
const isMissing = (code: string | undefined) => code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH'
const codeOf = (error: unknown) => (error as { readonly code?: string }).code

/** A namespace's file and inode. Throws a NamespaceError. @param word a path, a name, or a process id */
export function findNamespace(
  word: string,
  namespaces: Namespaces,
): { readonly path: string; readonly inode: number } {
  const isProcess = /^\d+$/.test(word)
  const named = PLACES.map((place) => `${place}/${word}`)
  const paths = word.includes('/') ? [word] : isProcess ? [...named, processFile(word)] : named
  for (const path of word === '' ? [] : paths) {
    let inode: number | undefined
    try {
      inode = namespaces.inode(path)
    } catch (error) {
      if (isMissing(codeOf(error))) continue
      throw namespaceError(word, error)
    }
    // `ip netns` and Docker leave a plain file behind at a shutdown.
    if (inode === undefined) throw new NamespaceError(`${path} is not a network namespace`, 'EINVAL')
    return { path, inode }
  }
  const orProcess = isProcess ? ' and no process' : ''
  throw new NamespaceError(
    `there is no network namespace${orProcess} \`${word}'; see \`ipvsadm namespaces'`,
    'ENOENT',
  )
}

const processFile = (process: number | string) => `/proc/${process}/ns/net`

/** A network namespace and its locations. */
export interface FoundNamespace {
  readonly inode: number
  /** Whether it is this process's own. */
  readonly own: boolean
  /** The word that selects it. */
  readonly word: string
  /** Its files in the folders of named namespaces. */
  readonly files: readonly string[]
  /** The processes in it. */
  readonly processes: readonly number[]
}

/** All namespaces: this process's first, then named ones, then those of processes. */
export function findNamespaces(namespaces: Namespaces): {
  readonly found: readonly FoundNamespace[]
  /** The number of processes and files whose namespace is not readable. */
  readonly hidden: number
} {
  const byInode = new Map<number, { files: string[]; processes: number[] }>()
  let hidden = 0
  const at = (path: string) => {
    try {
      const inode = namespaces.inode(path)
      if (inode === undefined) return undefined
      const entry = byInode.get(inode) ?? { files: [], processes: [] }
      byInode.set(inode, entry)
      return { inode, entry }
    } catch (error) {
      if (isForbidden(codeOf(error))) hidden++
      return undefined
    }
  }
  const own = at(OWN_NAMESPACE)?.inode
  for (const place of PLACES) {
    for (const name of listed(namespaces, place)) at(`${place}/${name}`)?.entry.files.push(`${place}/${name}`)
  }
  const ids = listed(namespaces, '/proc').filter((name) => /^\d+$/.test(name))
  for (const id of ids.map(Number).sort((a, b) => a - b)) at(processFile(id))?.entry.processes.push(id)
  const names = new Set<string>()
  const found = [...byInode].map(([inode, { files, processes }]) => {
    const word = wordFor(files, processes, names)
    return { inode, own: inode === own, word, files, processes }
  })
  return { found, hidden }
}

/** The file's name, or the whole path if an earlier namespace has the same name. */
function wordFor(files: readonly string[], processes: readonly number[], names: Set<string>): string {
  const [file] = files
  if (file === undefined) return `${processes[0] ?? OWN_NAMESPACE}`
  const name = file.slice(file.lastIndexOf('/') + 1)
  if (names.has(name) || name === ALL) return file
  names.add(name)
  return name
}

/** The word for every namespace, in listings. */
export const ALL = 'all'

function listed(namespaces: Namespaces, directory: string): readonly string[] {
  try {
    return [...namespaces.list(directory)].sort()
  } catch (error) {
    if (isOwnLimit(error)) throw error
    return []
  }
}

/** Whether an error is of this process, with no open file or memory left, and says nothing of the file. */
export const isOwnLimit = (error: unknown) => ['EMFILE', 'ENFILE', 'ENOMEM'].includes(codeOf(error) ?? '')
