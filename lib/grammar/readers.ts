// Readers for option rows: from a value's text into the raw options of a command line.
import type { Family } from '../model/address.ts'
import type { ForwardingMethod } from '../model/destination.ts'
import type { Filter } from '../model/filter.ts'
import { DEFAULT_PERSISTENCE, MAX_TIMEOUT, MAX_UINT } from '../model/limits.ts'
import type { Format } from '../model/listing-format.ts'
import { hostNetmask, type Netmask, netmaskFromAddress, netmaskFromPrefix } from '../model/netmask.ts'
import { type Prefix, parsePrefix } from '../model/prefix.ts'
import type { Protocol } from '../model/service.ts'
import { TUNNEL_TYPES } from '../model/tunnel.ts'
import type { RawOptions } from './raw-options.ts'
import { refuse } from './refusals.ts'
import { leadingNumber, type Names, parseEndpoint, parseGroup, parseHost, parseNumber } from './values.ts'

type FieldsOfType<T> = { [K in keyof RawOptions]-?: T extends RawOptions[K] ? K : never }[keyof RawOptions]
type NumberField = Exclude<FieldsOfType<number>, undefined>

interface NumberRange {
  readonly min: number
  readonly max: number
  /** The kernel's limits, for a raw entry. */
  readonly raw?: { readonly min: number; readonly max: number }
}

/** Reads a number into a field. */
export function number(field: NumberField, range: NumberRange, refusal: string) {
  return (values: RawOptions, value: string) => {
    const { min, max } = (values.raw && range.raw) || range
    values[field] = parseNumber(value, min, max) ?? refuse(refusal)
  }
}

/** Persistence, in seconds; the value may be missing. */
export function persistence(values: RawOptions, value: string | undefined): void {
  const [min, max] = values.raw ? [0, MAX_UINT] : [1, MAX_TIMEOUT]
  values.persistence =
    value === undefined
      ? DEFAULT_PERSISTENCE
      : (parseNumber(value, min, max) ?? refuse(`invalid timeout value \`${value}' specified`))
}

export function fwmark(values: RawOptions, value: string): void {
  values.fwmark = parseNumber(value, 1, MAX_UINT) ?? refuse(`invalid fwmark value \`${value}' specified`)
  // A mark has no protocol, but its servers' ports may have names.
  values.protocol = 'tcp'
}

/** A server without a port gets the service's port; 0 if the service comes later on the command line. */
export function server(values: RawOptions, value: string, names: Names): void {
  const endpoint = parseEndpoint(value, values.protocol, names)
  if (endpoint === undefined) refuse('illegal real server address[:port] specified')
  values.server = endpoint.port === undefined ? { ...endpoint, port: values.endpoint?.port ?? 0 } : endpoint
}

/** @param size of the kernel's buffer in bytes, with the final NUL */
export function name(field: 'scheduler' | 'engine' | 'interface', size: number) {
  return (values: RawOptions, value: string) => {
    const cut = cutName(value, size)
    if (cut !== value && values.wholeNames) refuse(`the name \`${value}' is longer than ${size - 1} bytes`)
    values[field] = cut
  }
}

/** Cuts a long name, as the reference does. */
function cutName(value: string, size: number): string {
  if (3 * value.length < size) return value
  const bytes = new TextEncoder().encode(value)
  if (bytes.length < size) return value
  return new TextDecoder().decode(bytes.subarray(0, size - 1)).replace(/\ufffd+$/, '')
}

export function tunnelType(values: RawOptions, value: string): void {
  values.tunnelType = TUNNEL_TYPES.find((type) => type === value) ?? refuse('illegal tunnel type specified')
}

export function group(values: RawOptions, value: string): void {
  values.group =
    parseGroup(value) ?? refuse(`invalid IPv${value.includes(':') ? 6 : 4} mcast-group \`${value}'`)
}

export function service(protocol: Protocol) {
  return (values: RawOptions, value: string, names: Names) => {
    const endpoint = parseEndpoint(value, protocol, names)
    if (endpoint === undefined) refuse('illegal virtual server address[:port] specified')
    values.protocol = protocol
    values.endpoint = endpoint
    setFamily(values, endpoint.family)
  }
}

/** An IPv6 service resets a netmask that was given before it, as in the reference. */
export function setFamily(values: RawOptions, family: Family): void {
  values.family = family
  if (family === 'inet6') values.netmask = hostNetmask(family)
}

export const forwarding = (method: ForwardingMethod) => (values: RawOptions) => {
  values.forwarding = method
}

export const addTunnelFlag = (flag: number) => (values: RawOptions) => {
  values.tunnelFlags = values.raw ? (values.tunnelFlags ?? 0) | flag : flag
}

export const format = (format: Format) => (values: RawOptions) => {
  values.format = format
}

export function filter(more: Filter) {
  return (values: RawOptions) => {
    values.filter = { ...values.filter, ...more }
  }
}

/** The value, if it is one of these words; otherwise a refusal that names them. */
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
  // The reference also accepts a host name.
  const mask = parseHost(value, names)
  return mask === undefined
    ? refuse('illegal virtual server persistent mask specified')
    : netmaskFromAddress(mask)
}
