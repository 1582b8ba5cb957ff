// Services and real servers of the table, found and named for findings.
import type { Destination, ForwardingMethod } from '../model/destination.ts'
import { isFwmark, type Protocol, type Service } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { formatServiceId } from '../rules/rule-lines.ts'
import type { Facts } from './facts.ts'

export interface LocatedServer {
  readonly service: Service
  readonly destination: Destination
  /** As rules name it: `-t 192.0.2.1:80 -r 198.51.100.11:80`. */
  readonly text: string
}

export function everyServer(table: readonly VirtualService[]): LocatedServer[] {
  return table.flatMap(({ service, destinations }) =>
    destinations.map((destination) => ({ service, destination, text: serverWords(service, destination) })),
  )
}

export function serversBy(method: ForwardingMethod, { table }: Pick<Facts, 'table'>): LocatedServer[] {
  return everyServer(table).filter(({ destination }) => destination.config.forwarding === method)
}

/** As rules name it: `-t 192.0.2.1:80`. */
export function serviceWords({ id }: Service): string {
  return formatServiceId(id, NUMBERS)
}

export function serverWords(service: Service, { id }: Destination): string {
  return `${serviceWords(service)} -r ${formatEndpoint(id.address, id.port, protocolOf(service), NUMBERS)}`
}

/** Undefined: a firewall mark's, of any protocol. */
export function protocolOf({ id }: Service): Protocol | undefined {
  return isFwmark(id) ? undefined : id.protocol
}

/** A setting under /proc/sys, or undefined if the kernel does not have it. */
export function setting({ file }: Facts, path: string): string | undefined {
  return file(`/proc/sys/${path}`)?.trim()
}

/** A name as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w.:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
