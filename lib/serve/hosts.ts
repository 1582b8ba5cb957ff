// The names by which a browser may call this server. A page of elsewhere can have its own name lead here (DNS
// rebinding), and would be of the same origin then: only addresses and known names are answered.
import { isIP } from 'node:net'

/** @param host the header `Host` */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return false
  const [, name] = /^(\[[0-9a-fA-F:.]+\]|[^:@/\s]+)(?::\d{1,5})?$/.exec(host) ?? []
  if (name === undefined) return false
  if (name.startsWith('[')) return isIP(name.slice(1, -1)) === 6
  return (
    isIP(name) === 4 ||
    name === 'localhost' ||
    names.some((known) => known.toLowerCase() === name.toLowerCase())
  )
}
