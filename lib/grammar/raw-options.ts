// What the words of a command line said so far, and the ways in which the option table takes values in.

import type { Address, Family } from '../model/address.ts'
import type { ForwardingMethod, TunnelType } from '../model/destination.ts'
import { UsageError } from '../model/errors.ts'
import type { Filter } from '../model/filter.ts'
import { hostNetmask, type Netmask, netmaskFromAddress, netmaskFromPrefix } from '../model/netmask.ts'
import { type Prefix, parsePrefix } from '../model/prefix.ts'
import type { Protocol } from '../model/service.ts'
import type { ColourChoice, Format } from '../model/view.ts'
import { type Endpoint, leadingNumber, type Names, parseEndpoint, parseHost, parseNumber } from './values.ts'

/**
 * What the words said so far; the rows fill it in, in the order of the words. All of one shape, for the engines are
 * slow with objects that grow.
 */
export class RawOptions {
  family: Family = 'inet'
  protocol: Protocol | undefined
  fwmark: number | undefined
  endpoint: Endpoint | undefined
  scheduler: string | undefined
  persistence: number | undefined
  netmask: Netmask | undefined
  engine: string | undefined
  schedulerFlags: string | undefined
  server: Endpoint | undefined
  forwarding: ForwardingMethod | undefined
  weight: number | undefined
  upperThreshold: number | undefined
  lowerThreshold: number | undefined
  interface: string | undefined
  syncId: number | undefined
  maxLength: number | undefined
  group: Address | undefined
  mcastPort: number | undefined
  ttl: number | undefined
  tunnelType: TunnelType | undefined
  tunnelPort: number | undefined
  tunnelFlags: number | undefined
  format: Format | undefined
  colour: ColourChoice | undefined
  filter: Filter | undefined
  /** Seconds. */
  resolveTimeout: number | undefined
}

export function refuse(message: string): never {
  throw new UsageError(message)
}

/** Reads a number into a field. */
export function number<K extends keyof RawOptions>(
  field: K,
  min: number,
  max: number,
  refusal: (value: string) => string,
) {
  return (said: RawOptions, value: string) => {
    const parsed = parseNumber(value, min, max)
    if (parsed === undefined) refuse(refusal(value))
    said[field] = parsed as RawOptions[K]
  }
}

export function service(protocol: Protocol) {
  return (said: RawOptions, value: string, names: Names) => {
    const endpoint = parseEndpoint(value, protocol, names)
    if (endpoint === undefined) refuse('illegal virtual server address[:port] specified')
    said.protocol = protocol
    said.endpoint = endpoint
    setFamily(said, endpoint.family)
  }
}

/** An IPv6 service forgets a netmask that was given before it, as the reference does. */
export function setFamily(said: RawOptions, family: Family): void {
  said.family = family
  if (family === 'inet6') said.netmask = hostNetmask(family)
}

export const forwarding = (method: ForwardingMethod) => (said: RawOptions) => {
  said.forwarding = method
}

export const tunnelFlag = (flag: number) => (said: RawOptions) => {
  said.tunnelFlags = flag
}

export const format = (format: Format) => (said: RawOptions) => {
  said.format = format
}

export function filter(more: Filter) {
  return (said: RawOptions) => {
    said.filter = { ...said.filter, ...more }
  }
}

/** One of these words, or a refusal that names them. */
export function oneOf<T extends string>(words: readonly T[], id: string, value: string): T {
  return (
    words.find((word) => word === value) ?? refuse(`illegal ${id} \`${value}' specified: ${words.join(', ')}`)
  )
}

const MAX_RESOLVE_TIMEOUT = 3600

/** A time to wait, in decimal seconds. */
export function seconds(value: string): number {
  const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
  return parsed <= MAX_RESOLVE_TIMEOUT ? parsed : refuse(`invalid timeout value \`${value}' specified`)
}

export function prefix(value: string): Prefix {
  return parsePrefix(value) ?? refuse(`illegal address prefix \`${value}' specified`)
}

export function parseNetmask(value: string, family: Family, names: Names): Netmask {
  if (family === 'inet6') {
    const prefix = leadingNumber(value)
    return prefix >= 1 && prefix <= 128 ? netmaskFromPrefix(prefix) : refuse('illegal ipv6 netmask specified')
  }
  // The reference takes a host's name, too.
  const mask = parseHost(value, names)
  return mask === undefined
    ? refuse('illegal virtual server persistent mask specified')
    : netmaskFromAddress(mask)
}
