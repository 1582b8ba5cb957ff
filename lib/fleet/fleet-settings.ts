// Settings of the connection to the cluster: a file, and options that count before it. The agent's configuration has the same
// keys. Problems are data.
import { parse } from 'yaml'
import { openSecret } from '../system/secret-file.ts'
import type { System } from '../system/system.ts'
import { DEFAULT_ENDPOINT, isEndpoint, isPrefix } from './cluster-words.ts'
import type { ClusterSettings } from './etcd-channels.ts'
import { DEFAULT_PREFIX } from './fleet-keys.ts'

/** As it is written: paths of files, not their contents. */
export interface RawClusterSettings {
  readonly endpoints?: readonly string[]
  readonly prefix?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly login?: string
}

const TEXTS = ['prefix', 'ca', 'cert', 'key', 'login'] as const

/** Reads the text of the file. */
export function parseClusterSettings(
  text: string,
): { readonly settings: RawClusterSettings } | { readonly problem: string } {
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch (error) {
    return { problem: (error as Error).message.split('\n')[0] ?? '' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: 'must be keys' }
  const settings: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(value)) {
    if (name === 'endpoints') {
      const list = [given].flat()
      if (list.length === 0 || !list.every((each) => typeof each === 'string'))
        return { problem: 'endpoints: must be a list of texts' }
      settings.endpoints = list
    } else if ((TEXTS as readonly string[]).includes(name)) {
      if (typeof given !== 'string') return { problem: `${name}: must be a text` }
      settings[name] = given
    } else return { problem: `${name}: unknown key; there are endpoints, ${TEXTS.join(', ')}` }
  }
  return { settings }
}

/** Reads the files that are named. */
export function clusterSettings(
  { endpoints = [DEFAULT_ENDPOINT], prefix = DEFAULT_PREFIX, ca, cert, key, login }: RawClusterSettings,
  system: Pick<System, 'readFile' | 'fileMode'>,
): { readonly cluster: ClusterSettings; readonly prefix: string } | { readonly problem: string } {
  const wrong = endpoints.find((endpoint) => !isEndpoint(endpoint))
  if (wrong !== undefined)
    return { problem: `invalid endpoint \`${wrong}': must be HOST:PORT or https://HOST:PORT` }
  if (new Set(endpoints.map((each) => each.startsWith('https:'))).size > 1)
    return { problem: 'endpoints: either all with https:// or none' }
  if (!isPrefix(prefix))
    return { problem: `invalid prefix \`${prefix}': must be / and letters, digits, dots, dashes or slashes` }
  if ((cert === undefined) !== (key === undefined)) return { problem: 'cert and key belong together' }
  let reading = ''
  const file = (path: string) => {
    reading = path
    return system.readFile(path)
  }
  const named = (path: string | undefined) => (path === undefined ? undefined : file(path))
  try {
    const tls = ca !== undefined || cert !== undefined
    if (tls && endpoints.some((each) => each.startsWith('http:')))
      return { problem: 'ca, cert and key need endpoints with https://' }
    const user = login === undefined ? undefined : readLogin(login, { ...system, readFile: file })
    if (user !== undefined && 'problem' in user) return user
    const files = tls && { tls: { authority: named(ca), certificate: named(cert), key: named(key) } }
    const problem = key === undefined ? undefined : openSecret(key, system)
    if (problem !== undefined) return { problem }
    return { prefix, cluster: { endpoints, ...files, ...(user !== undefined && { login: user }) } }
  } catch (error) {
    return { problem: `cannot read ${reading}: ${(error as Error).message}` }
  }
}

/** The first line of the file: `NAME:PASSWORD`. */
function readLogin(
  path: string,
  system: Pick<System, 'readFile' | 'fileMode'>,
): { readonly name: string; readonly password: string } | { readonly problem: string } {
  const [line = ''] = new TextDecoder().decode(system.readFile(path)).split(/\r?\n/)
  const colon = line.indexOf(':')
  const problem = openSecret(path, system)
  if (problem !== undefined) return { problem }
  if (colon < 1 || colon === line.length - 1)
    return { problem: `${path}: the first line must be NAME:PASSWORD` }
  return { name: line.slice(0, colon), password: line.slice(colon + 1) }
}
