// Formats addresses with ports for listings and saved rules, as numbers or with names.
import { type Address, familyOf } from '../model/address.ts'
import type { Protocol } from '../model/service.ts'

/** Names of hosts and ports. Undefined: the number is printed. */
export interface KnownNames {
  host(address: string): string | undefined
  service(port: number, protocol: string): string | undefined
}

export const NUMBERS: KnownNames = { host: () => undefined, service: () => undefined }

/** The size of the reference's buffer, in bytes: longer texts are cut, in listings and in saved rules. */
export const LONGEST_ENDPOINT = 59

/** `address:port`, an IPv6 address in brackets. Without a protocol (fwmark services) a port has no name. */
export function formatEndpoint(
  address: Address,
  port: number,
  protocol: Protocol | undefined,
  names: KnownNames,
): string {
  const numeric = names === NUMBERS
  const host = numeric ? address : (names.host(address) ?? address)
  const service = (!numeric && protocol !== undefined && names.service(port, protocol)) || port
  const text = familyOf(address) === 'inet' ? `${host}:${service}` : `[${host}]:${service}`
  return text.length > LONGEST_ENDPOINT ? text.slice(0, LONGEST_ENDPOINT) : text
}
