// Table → rule lines, as `-S` prints and `-R` reads them.

import type { Destination, DestinationConfiguration, ForwardingMethod } from '../model/destination.ts'
import { SVC_F, TUNNEL_FLAG } from '../model/flags.ts'
import { serverLegality, serviceLegality } from '../model/legality.ts'
import { hostNetmask } from '../model/netmask.ts'
import { SCHEDULER_BITS, schedulerFlagNames } from '../model/scheduler-flags.ts'
import { isFwmark, type Protocol, type Service, type ServiceId } from '../model/service.ts'
import { TUNNEL_SETTINGS } from '../model/tunnel.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { inChunks } from '../output/chunks.ts'
import { formatEndpoint, type KnownNames } from '../output/endpoints.ts'

export const PROTOCOL_OPTIONS: Readonly<Record<Protocol, string>> = {
  tcp: '-t',
  udp: '-u',
  sctp: '--sctp-service',
}

export const FORWARDING_OPTIONS: Readonly<Record<ForwardingMethod, string>> = {
  masquerade: '-m',
  tunnel: '-i',
  route: '-g',
  // The kernel sets this method itself; the rule requests the method that it replaced.
  local: '-g',
  bypass: '-g',
}

/** Marks a rule that the original cannot express, for an entry of another program. */
const RAW = ' --raw'

const CHECKSUM_OPTIONS: Readonly<Record<number, string>> = {
  [TUNNEL_FLAG.NOCSUM]: '--tun-nocsum',
  [TUNNEL_FLAG.CSUM]: '--tun-csum',
  [TUNNEL_FLAG.REMCSUM]: '--tun-remcsum',
  [TUNNEL_FLAG.CSUM | TUNNEL_FLAG.REMCSUM]: '--tun-csum --tun-remcsum',
}

/** Yields the rules that make this table, in large chunks. */
export function formatRules(
  table: readonly VirtualService[],
  names: KnownNames,
): Generator<string, void, undefined> {
  function* texts() {
    for (const server of table) yield formatServiceRules(server, names)
  }
  return inChunks(texts())
}

/** The rules that make a service with its real servers. */
export function formatServiceRules({ service, destinations }: VirtualService, names: KnownNames): string {
  let text = formatAddService(service, names)
  const label = formatServiceId(service.id, names)
  for (const destination of destinations) text += formatAddServer(service.id, destination, names, label)
  return text
}

/** `-t address:port`, `-f mark -6`, … */
export function formatServiceId(id: ServiceId, names: KnownNames): string {
  if (isFwmark(id)) return `-f ${id.fwmark}${id.family === 'inet6' ? ' -6' : ''}`
  return `${PROTOCOL_OPTIONS[id.protocol]} ${formatEndpoint(id.address, id.port, id.protocol, names)}`
}

export function formatAddService({ id, config }: Pick<Service, 'id' | 'config'>, names: KnownNames): string {
  const { scheduler, flags, timeout, netmask, engine } = config
  const raw = serviceLegality(id, config) === undefined ? '' : RAW
  let text = `-A${raw} ${formatServiceId(id, names)} -s ${scheduler}`
  if ((flags & SVC_F.PERSISTENT) !== 0) {
    text += ` -p ${timeout}`
    if (netmask !== hostNetmask(id.family)) text += ` -M ${netmask}`
  }
  if (engine !== '') text += ` --pe ${engine}`
  if ((flags & SVC_F.ONEPACKET) !== 0) text += ' -o'
  if ((flags & SCHEDULER_BITS) !== 0) text += ` -b ${schedulerFlagNames(flags, scheduler).join(',')}`
  return `${text}\n`
}

export function formatAddServer(
  service: ServiceId,
  { id, config }: Pick<Destination, 'id' | 'config'>,
  names: KnownNames,
  label = formatServiceId(service, names),
): string {
  const protocol = isFwmark(service) ? undefined : service.protocol
  const server = formatEndpoint(id.address, id.port, protocol, names)
  const raw = serverLegality(service, id, config) === undefined ? '' : RAW
  let text = `-a${raw} ${label} -r ${server} ${FORWARDING_OPTIONS[config.forwarding]} -w ${config.weight}`
  if (config.forwarding === 'tunnel') text += tunnelOptions(config)
  // The reference does not save these two. Programs count the words of a line, so they come last, and only if set.
  if (config.upperThreshold !== 0) text += ` -x ${config.upperThreshold}`
  if (config.lowerThreshold !== 0) text += ` -y ${config.lowerThreshold}`
  return `${text}\n`
}

function tunnelOptions({ tunnelType, tunnelPort, tunnelFlags }: DestinationConfiguration): string {
  const checksum = CHECKSUM_OPTIONS[tunnelFlags & (TUNNEL_SETTINGS[tunnelType].flags ?? 0)]
  switch (tunnelType) {
    case 'ipip':
      return ' --tun-type ipip'
    case 'gue':
      return ` --tun-type gue --tun-port ${tunnelPort} ${checksum}`
    case 'gre':
      return ` --tun-type gre ${checksum}`
  }
}
