// The connections of each service and of each real server, counted from the kernel's list.
import { CONNECTION_LIST, connectionLines, FIELD } from '../../ipvs/connection-list.ts'
import type { Address } from '../../model/address.ts'
import type { System } from '../../system/system.ts'

export interface ServerConnections {
  readonly total: number
  /** The number of those in SYN_RECV. */
  readonly unanswered: number
  /** The number of those in SYN_RECV whose last packet came STALE seconds ago or earlier. A client repeats its first each second. */
  readonly stale: number
}

interface ServiceConnections {
  readonly total: number
  /** The client's address, if all connections have the same. */
  readonly only: Address | undefined
}

export interface ConnectionFacts {
  /** With templates. */
  readonly total: number
  /** By connectionKey of the server with the virtual address; without templates. */
  readonly servers: ReadonlyMap<string, ServerConnections>
  readonly services: ReadonlyMap<string, ServiceConnections>
}

/** The kernel's timeout of SYN_RECV (ip_vs_proto_tcp.c), and the age from which an entry counts as stale. */
const SYN_RECV_TIMEOUT = 60
const STALE = 2

export function connectionKey(protocol: string, address: Address, port: number): string {
  return `${protocol} ${address} ${port}`
}

/** Counts while reading: the list may be long. Without a list there are no connections. */
export function countConnections(system: System): ConnectionFacts {
  const servers = new Map<string, Mutable<ServerConnections>>()
  const services = new Map<string, Mutable<ServiceConnections>>()
  let total = 0
  try {
    for (const line of connectionLines(system.readChunks(CONNECTION_LIST))) {
      total++
      if (line.port(FIELD.clientPort) === 0) continue
      const protocol = line.string(FIELD.protocol).toLowerCase()
      const key = (field: number) => connectionKey(protocol, line.address(field), line.port(field + 1))
      const server = entry(servers, key(FIELD.destination), () => ({ total: 0, unanswered: 0, stale: 0 }))
      server.total++
      if (line.string(FIELD.state) === 'SYN_RECV') {
        server.unanswered++
        if (line.decimal(FIELD.expires) <= SYN_RECV_TIMEOUT - STALE) server.stale++
      }
      const client = line.address(FIELD.client)
      const service = entry(services, key(FIELD.virtual), () => ({ total: 0, only: client }))
      service.total++
      if (service.only !== client) service.only = undefined
    }
  } catch {
    return NO_CONNECTIONS
  }
  return { total, servers, services }
}

export const NO_CONNECTIONS: ConnectionFacts = { total: 0, servers: new Map(), services: new Map() }

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function entry<T>(map: Map<string, T>, key: string, create: () => T): T {
  let value = map.get(key)
  if (value === undefined) {
    value = create()
    map.set(key, value)
  }
  return value
}
