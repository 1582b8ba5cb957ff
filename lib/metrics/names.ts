// The labels by which metrics name services and real servers.
import { type Address, familyOf } from '../model/address.ts'
import type { DestinationId } from '../model/destination.ts'
import { isFwmark, type ServiceId } from '../model/service.ts'

/** `address:port`, an IPv6 address in brackets. */
export const endpoint = (address: Address, port: number): string =>
  familyOf(address) === 'inet' ? `${address}:${port}` : `[${address}]:${port}`

/** A firewall mark is the protocol `fwmark`, or `fwmark6` for the packets of IPv6. */
export function serviceLabels(id: ServiceId): { readonly protocol: string; readonly service: string } {
  return isFwmark(id)
    ? { protocol: id.family === 'inet' ? 'fwmark' : 'fwmark6', service: `${id.fwmark}` }
    : { protocol: id.protocol, service: endpoint(id.address, id.port) }
}

export const serverName = ({ address, port }: DestinationId): string => endpoint(address, port)
