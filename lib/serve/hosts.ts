// The names by which a browser may call this server. A page of elsewhere can have its own name lead here (DNS
// rebinding), and would be of the same origin then: only addresses and known names are answered.
import { isIP } from 'node:net'

/** @param host the header `Host` */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return false
  const [, word] = /^(\[[0-9a-fA-F:.]+\]|[^:@/\s]+)(?::\d{1,5})?$/.exec(host) ?? []
  if (word === undefined) return false
  const name = plain(word)
  if (name.startsWith('[')) return isIP(name.slice(1, -1)) === 6
  return isIP(name) === 4 || name === 'localhost' || names.some((known) => plain(known) === name)
}

/** In lower case, without the dot of an absolute name. */
const plain = (name: string) => name.toLowerCase().replace(/\.$/, '')
