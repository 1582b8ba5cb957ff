// The kernel's list of all real servers, /proc/net/ip_vs (ip_vs_ctl.c):
//
//     IP Virtual Server version 1.2.1 (size=4096)
//     Prot LocalAddress:Port Scheduler Flags
//       -> RemoteAddress:Port Forward Weight ActiveConn InActConn
//     TCP  C0000201:0050 wlc
//       -> C6336401:0050      Masq    1      0          0
//
// It takes one file instead of a dump for each service. Services by firewall mark are listed without their family.
import { type Address, addressFromBytes, type Family } from '../model/address.ts'
import { DESTINATION_DEFAULTS } from '../model/defaults.ts'
import type { Destination, ForwardingMethod } from '../model/destination.ts'
import { type Protocol, serviceKey } from '../model/service.ts'
import { NO_STATS } from '../model/stats.ts'

export const SERVER_LIST = '/proc/net/ip_vs'

const METHODS: Readonly<Record<string, ForwardingMethod>> = {
  Masq: 'masquerade',
  Local: 'local',
  Tunnel: 'tunnel',
  Route: 'route',
  Bypass: 'bypass',
}

const ENDPOINT = '([\\dA-F]{8}|\\[[\\da-f:]{39}\\]):([\\dA-F]{4})'
const SERVICE = new RegExp(`^(TCP|UDP|SCTP) +${ENDPOINT} `)
const SERVER = new RegExp(`^ +-> ${ENDPOINT} +(\\w+) +(-?\\d+) +(\\d+) +(\\d+)`, 'gm')

/** The servers of one service, by its key. */
type Listed = readonly [key: string, servers: readonly Destination[]]

export class ServerList {
  /** The entries of the previous list by their text: most of a list is the same a second later. */
  #entries: ReadonlyMap<string, Listed | undefined> = new Map()

  /**
   * The servers of all services by address, by their services' keys. What the list does not have (counters, thresholds,
   * persistent connections, the settings of tunnels) is zero or the default.
   */
  read(text: string): ReadonlyMap<string, readonly Destination[]> {
    const former = this.#entries
    const entries = new Map<string, Listed | undefined>()
    const lists = new Map<string, readonly Destination[]>()
    for (const entry of text.split(/\n(?! )/)) {
      const listed = former.get(entry) ?? parseEntry(entry)
      entries.set(entry, listed)
      if (listed !== undefined) lists.set(...listed)
    }
    this.#entries = entries
    return lists
  }
}

/** Undefined for the headings, and for a service by firewall mark. */
function parseEntry(entry: string): Listed | undefined {
  const [, protocol, host, port] = SERVICE.exec(entry) ?? []
  if (protocol === undefined) return undefined
  const id = { ...endpoint(host!, port!), protocol: protocol.toLowerCase() as Protocol }
  return [serviceKey(id), Array.from(entry.matchAll(SERVER), parseServer)]
}

function parseServer([, host, port, method, weight, active, inactive]: RegExpExecArray): Destination {
  return {
    id: endpoint(host!, port!),
    config: {
      ...DESTINATION_DEFAULTS,
      forwarding: METHODS[method!] ?? 'bypass',
      weight: Number(weight),
    },
    observed: {
      activeConnections: Number(active),
      inactiveConnections: Number(inactive),
      persistentConnections: 0,
      stats: NO_STATS,
    },
  }
}

function endpoint(host: string, port: string): { family: Family; address: Address; port: number } {
  const digits = host.replace(/[[\]:]/g, '')
  const family = digits.length === 8 ? 'inet' : 'inet6'
  const bytes = Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16))
  return { family, address: addressFromBytes(bytes, family), port: Number.parseInt(port, 16) }
}
