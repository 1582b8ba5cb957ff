// Rule lines of the usual shape, read without the general parser: a service or a server is added, with numbers for
// addresses and ports, and short options, each once. `parse` reads all other lines, and would read these alike.
import type { Address } from '../model/address.ts'
import type { Change } from '../model/change.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../model/defaults.ts'
import type { DestinationConfiguration, ForwardingMethod } from '../model/destination.ts'
import { SVC_F } from '../model/flags.ts'
import { hostNetmask } from '../model/netmask.ts'
import { PLAIN_FIELDS, scanRule } from '../model/scan.ts'
import type { AddressServiceId } from '../model/service.ts'

const IPV4 = 'inet'
const NETMASK = hostNetmask(IPV4)
const ADD_SERVICE = 'A'.charCodeAt(0)
const UDP = 'u'.charCodeAt(0)

const FORWARDING: Readonly<Record<number, ForwardingMethod>> = {
  0: DESTINATION_DEFAULTS.forwarding,
  ['g'.charCodeAt(0)]: 'route',
  ['i'.charCodeAt(0)]: 'tunnel',
  ['m'.charCodeAt(0)]: 'masquerade',
}

const fields = new Int32Array(PLAIN_FIELDS)

/** Configurations of servers, by weight and the letter of the method: most servers of a file share a few. */
const KEPT = 64
const configs: DestinationConfiguration[] = []
/** The service of the line before: its servers follow it. */
let last: AddressServiceId = { family: IPV4, protocol: 'tcp', address: '' as Address, port: 0 }

/** The change that a line makes; undefined if it has another shape. */
export function plainRule(line: string): Change | undefined {
  if (!scanRule(line, fields)) return undefined
  const port = fields[4]!
  const address = line.slice(fields[2], fields[3]) as Address
  const protocol = fields[1] === UDP ? 'udp' : 'tcp'
  if (last.address !== address || last.port !== port || last.protocol !== protocol) {
    last = { family: IPV4, protocol, address, port }
  }
  if (fields[0] === ADD_SERVICE) return { kind: 'add-service', service: last, config: serviceConfig(line) }
  const config = serverConfig(fields[8]!, fields[9]!)
  const own = config.forwarding === 'masquerade' ? fields[7]! : port
  const server = { family: IPV4, address: line.slice(fields[5], fields[6]) as Address, port: own } as const
  return { kind: 'add-server', service: last, server, config }
}

function serviceConfig(line: string) {
  const { flags, timeout, engine } = SERVICE_DEFAULTS
  const scheduler = fields[11] === 0 ? SERVICE_DEFAULTS.scheduler : line.slice(fields[10], fields[11])
  const netmask = NETMASK
  if (fields[12] === 0) return { scheduler, flags, timeout, netmask, engine }
  return { scheduler, flags: flags | SVC_F.PERSISTENT, timeout: fields[12]!, netmask, engine }
}

/** @param given the weight, or -1 */
function serverConfig(letter: number, given: number): DestinationConfiguration {
  const weight = given < 0 ? DESTINATION_DEFAULTS.weight : given
  const forwarding = FORWARDING[letter]!
  const place = weight < KEPT ? weight * 128 + letter : 0
  const known = configs[place]
  if (known !== undefined && known.weight === weight && known.forwarding === forwarding) return known
  const config = { ...DESTINATION_DEFAULTS, forwarding, weight }
  configs[place] = config
  return config
}
