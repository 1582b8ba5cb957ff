// Rights to read and to change: reads the files that `serve` and the agent's configuration name.
import { readText } from '../commands/file-options.ts'
import { UsageError } from '../model/errors.ts'
import { openSecret } from '../system/secret-file.ts'
import type { System } from '../system/system.ts'
import type { MonitorOptions } from './handler.ts'
import type { TlsFiles } from './listen.ts'
import { isLoopback, type ListenAddress } from './listen-address.ts'
import { parseUsers, verifier } from './passwords.ts'

/** Paths. The certificate and its key belong together; the authority needs both. */
export interface AccessFiles {
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** Of clients. */
  readonly authority?: string | undefined
  readonly users?: string | undefined
  readonly token?: string | undefined
}

export interface Access {
  readonly tls: TlsFiles | undefined
  readonly verify: MonitorOptions['verify']
  readonly token: string | undefined
  /** Problems of files with secrets that all users may read. */
  readonly openSecrets: readonly string[]
}

/** Throws a UsageError that names the file. */
export function readAccess(files: AccessFiles, system: System): Access {
  const { key, users, token } = files
  return {
    tls: readTls(files, system),
    verify: users === undefined ? undefined : readUsers(users, system),
    token: token === undefined ? undefined : readToken(token, system),
    openSecrets: [key, users, token].flatMap((path) => (path && openSecret(path, system)) || []),
  }
}

/** The protections that are missing against others: on this machine, and on the network. */
export function accessWarnings(address: ListenAddress, access: Access): readonly string[] {
  const reach = reachWarning(address, access)
  return [...access.openSecrets, ...(reach === undefined ? [] : [reach])]
}

function reachWarning(address: ListenAddress, { tls, verify }: Access): string | undefined {
  if (isLoopback(address)) return undefined
  const lacking = [
    ...(tls === undefined ? ['without TLS'] : []),
    ...(verify === undefined && tls?.clientAuthority === undefined ? ['without authentication'] : []),
  ]
  return lacking.length === 0 ? undefined : `other machines can reach this, ${lacking.join(' and ')}`
}

function readTls({ certificate, key, authority }: AccessFiles, system: System): TlsFiles | undefined {
  if (certificate === undefined || key === undefined) return undefined
  return {
    cert: readBytes(certificate, system),
    key: readBytes(key, system),
    clientAuthority: authority === undefined ? undefined : readBytes(authority, system),
  }
}

function readBytes(path: string, system: System): Uint8Array {
  try {
    return system.readFile(path)
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`)
  }
}

function readUsers(path: string, system: System) {
  const users = parseUsers(readText(path, system))
  if ('wrongLine' in users)
    throw new UsageError(`${path}: line ${users.wrongLine}: must be a line that serve --hash NAME prints`)
  if (users.size === 0) throw new UsageError(`${path}: has no users`)
  return verifier(users)
}

const SHORTEST_TOKEN = 16

function readToken(path: string, system: System): string {
  const token = readText(path, system).trim()
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < SHORTEST_TOKEN)
    throw new UsageError(`${path}: must have one line of at least ${SHORTEST_TOKEN} printable characters`)
  return token
}
