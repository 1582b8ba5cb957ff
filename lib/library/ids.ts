// Identities of services and servers in the library's form: addresses as any text, the family optional.
import { type Address, type Family, familyOf, parseAddress } from '../model/address.ts'
import type { DestinationId } from '../model/destination.ts'
import type { Protocol, ServiceId } from '../model/service.ts'

/** A service by address and port, or by firewall mark. Without a family a firewall mark is of IPv4. */
export type ServiceName =
  | {
      readonly family?: Family
      readonly protocol: Protocol
      readonly address: string
      /** 0 to 65535; 0: all ports (persistent services only). */
      readonly port: number
    }
  | { readonly family?: Family; readonly fwmark: number }

export interface ServerName {
  readonly family?: Family
  readonly address: string
  readonly port: number
}

/** Throws a RangeError for an invalid address, or one of another family. */
export function serviceId(name: ServiceName): ServiceId {
  if ('fwmark' in name) return { family: name.family ?? 'inet', fwmark: name.fwmark }
  const { protocol, port } = name
  return { ...located(name), protocol, port }
}

/** Throws a RangeError as `serviceId` does. */
export function serverId(name: ServerName): DestinationId {
  return { ...located(name), port: name.port }
}

function located({ family, address: text }: ServerName): { family: Family; address: Address } {
  const address = parseAddress(text)
  if (address === undefined) throw new RangeError(`${JSON.stringify(text)} is no address`)
  const found = familyOf(address)
  if (family !== undefined && family !== found)
    throw new RangeError(`${address} is not of the family ${family}`)
  return { family: found, address }
}
