// Where the system has names from: nsswitch.conf, hosts and resolv.conf. Pure: their texts in, data out.
import { type Address, parseAddress } from '../../model/address.ts'

/** `system`: whatever else the C library has been told to ask, and only it can. */
export type Source = 'files' | 'dns' | 'system'

/** Modules that answer from what the name servers of resolv.conf say. */
const DNS_MODULES = ['dns', 'resolve']

/** The sources of host names in their order; the C library's own default is `files dns`. */
export function parseSources(nsswitch: string): Source[] {
  const line = nsswitch.split('\n').find((text) => /^\s*hosts\s*:/.test(text))
  if (line === undefined) return ['files', 'dns']
  const words = line
    .replace(/#.*/, '')
    .replace(/^\s*hosts\s*:/, '')
    // What to do after a source's answer: `[NOTFOUND=return]`.
    .replace(/\[[^\]]*\]?/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
  const sources = words.map((word) =>
    word === 'files' ? word : DNS_MODULES.includes(word) ? 'dns' : 'system',
  )
  // The others know few names and take long: they are asked last, of what is left.
  return [
    ...new Set(sources.filter((source) => source !== 'system')),
    ...(sources.includes('system') ? ['system' as const] : []),
  ]
}

/** The names of addresses that the text of /etc/hosts has; an earlier line wins, as does a line's first name. */
export function parseHosts(hosts: string): Map<Address, string> {
  const names = new Map<Address, string>()
  for (const line of hosts.split('\n')) {
    const [text, name] = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = parseAddress(text ?? '')
    if (address !== undefined && name !== undefined && !names.has(address)) names.set(address, name)
  }
  return names
}

/** The C library asks no more than three. */
const MOST_SERVERS = 3

/** The name servers that the text of /etc/resolv.conf has; the machine itself if it has none. */
export function parseNameServers(resolv: string): string[] {
  const servers: string[] = []
  for (const line of resolv.split('\n')) {
    const [keyword, address] = line.split(/[ \t]+/)
    if (keyword === 'nameserver' && address !== undefined) servers.push(address)
  }
  return servers.length > 0 ? servers.slice(0, MOST_SERVERS) : ['127.0.0.1']
}
