// Networks: an address and a prefix length.
import { type Address, addressToBytes, type Family, familyOf, parseAddress } from './address.ts'

export interface Prefix {
  readonly family: Family
  readonly address: Address
  /** 0 to 32, or to 128 */
  readonly length: number
}

/** `192.0.2.0/24`, `2001:db8::/32`; an address alone is a network of one. Bits beyond the length are ignored. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const family = familyOf(address)
  const most = family === 'inet' ? 32 : 128
  if (slash < 0) return { family, address, length: most }
  const digits = text.slice(slash + 1)
  const length = Number(digits)
  return /^\d{1,3}$/.test(digits) && length <= most ? { family, address, length } : undefined
}

/** Whether the address is in the network; false for the other family. */
export function contains({ family, address: network, length }: Prefix, address: Address): boolean {
  if (familyOf(address) !== family) return false
  const wanted = addressToBytes(network)
  const bytes = addressToBytes(address)
  const whole = length >> 3
  for (let i = 0; i < whole; i++) if (wanted[i] !== bytes[i]) return false
  const rest = 8 - (length & 7)
  return rest === 8 || wanted[whole]! >> rest === bytes[whole]! >> rest
}
