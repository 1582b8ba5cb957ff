// The values of the options of one command line, before interpretation.
import type { Address, Family } from '../model/address.ts'
import type { ForwardingMethod, TunnelType } from '../model/destination.ts'
import type { Filter } from '../model/filter.ts'
import type { ColourChoice, Format } from '../model/listing-format.ts'
import type { Netmask } from '../model/netmask.ts'
import type { Protocol } from '../model/service.ts'
import type { Endpoint } from './values.ts'

/** Filled by the option rows, in the order of the words. */
export interface RawOptions {
  family: Family
  /** Names longer than the kernel's limit are refused; the original cuts them. */
  wholeNames?: boolean
  raw?: boolean
  protocol?: Protocol
  fwmark?: number
  endpoint?: Endpoint
  scheduler?: string
  persistence?: number
  netmask?: Netmask
  engine?: string
  schedulerFlags?: string
  server?: Endpoint
  forwarding?: ForwardingMethod
  weight?: number
  upperThreshold?: number
  lowerThreshold?: number
  interface?: string
  syncId?: number
  maxLength?: number
  group?: Address
  mcastPort?: number
  ttl?: number
  tunnelType?: TunnelType
  tunnelPort?: number
  tunnelFlags?: number
  format?: Format
  colour?: ColourChoice
  filter?: Filter
  /** Seconds. */
  resolveTimeout?: number
}
