// Real servers of command lines, and their configurations.
import { DESTINATION_DEFAULTS } from '../model/defaults.ts'
import type { DestinationConfiguration, DestinationId, TunnelType } from '../model/destination.ts'
import { TUNNEL_FLAG } from '../model/flags.ts'
import { serverLegality } from '../model/legality.ts'
import { isFwmark, type ServiceId } from '../model/service.ts'
import { TUNNEL_SETTINGS } from '../model/tunnel.ts'
import { checkOptions } from './check-options.ts'
import type { KeepServer } from './command.ts'
import type { CommandRow } from './command-rows.ts'
import type { OptionId } from './option-rows.ts'
import { serviceId } from './parse-service.ts'
import type { RawOptions } from './raw-options.ts'
import { checkRule, refuse } from './refusals.ts'

export function serverId({ server }: RawOptions): DestinationId {
  const { family, address, port } = server!
  return { family, address, port: port! }
}

/** The port of servers of direct routing and of tunnels, which do not change it. */
const servicePort = (service: ServiceId): number => (isFwmark(service) ? 0 : service.port)

const TUNNEL_OPTIONS: readonly OptionId[] = ['tun-type', 'tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum']

/** The options that a tunnel type takes. */
function tunnelOptions(type: TunnelType): CommandRow['options'] {
  const { port, flags } = TUNNEL_SETTINGS[type]
  return {
    'tun-type': 'allowed',
    ...(port && { 'tun-port': 'required' }),
    ...(flags !== undefined && { 'tun-nocsum': 'exclusive', 'tun-csum': 'exclusive' }),
    ...(flags !== undefined && (flags & TUNNEL_FLAG.REMCSUM) !== 0 && { 'tun-remcsum': 'exclusive' }),
  }
}

export function serverOf(values: RawOptions, given: readonly OptionId[]) {
  const service = serviceId(values)
  const { family, address, port } = serverId(values)
  const { raw = false, forwarding = DESTINATION_DEFAULTS.forwarding } = values
  const own = raw || forwarding === 'masquerade' || isFwmark(service)
  const server = { family, address, port: own ? port : servicePort(service) }
  const config: DestinationConfiguration = {
    forwarding,
    weight: values.weight ?? DESTINATION_DEFAULTS.weight,
    upperThreshold: values.upperThreshold ?? DESTINATION_DEFAULTS.upperThreshold,
    lowerThreshold: values.lowerThreshold ?? DESTINATION_DEFAULTS.lowerThreshold,
    tunnelType: values.tunnelType ?? DESTINATION_DEFAULTS.tunnelType,
    tunnelPort: values.tunnelPort ?? DESTINATION_DEFAULTS.tunnelPort,
    tunnelFlags: values.tunnelFlags ?? DESTINATION_DEFAULTS.tunnelFlags,
  }
  const tunnelGiven = TUNNEL_OPTIONS.some((id) => given.includes(id))
  if (forwarding !== 'tunnel' && family === service.family && tunnelGiven) {
    refuse('Tunnel options conflict with forward method')
  }
  checkRule(serverLegality(service, server, config, raw))
  if (tunnelGiven) checkTunnelOptions(config.tunnelType, given, raw)
  return { service, server, config }
}

function checkTunnelOptions(type: TunnelType, given: readonly OptionId[], raw: boolean): void {
  const options = tunnelOptions(type)
  const together = raw ? TUNNEL_OPTIONS : []
  checkOptions({ options, together }, given, `'${type}' tunnel type`, TUNNEL_OPTIONS)
}

/** The server and its forwarding method are determined later, from the table. */
export function keepServer(values: RawOptions, given: readonly OptionId[]): KeepServer {
  const service = serviceId(values)
  const server = serverId(values)
  const coerced = { ...server, port: servicePort(service) }
  const { forwarding, weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelFlags, raw } =
    values
  const checksums = given.filter((id) => CHECKSUM_OPTIONS.includes(id))
  if (checksums.length > 1 && raw !== true) {
    refuse(`The option '${checksums[1]}' conflicts with the '${checksums[0]}' option`)
  }
  return {
    kind: 'keep-server',
    service,
    server,
    coerced,
    patch: {
      ...(forwarding && { forwarding }),
      ...(weight !== undefined && { weight }),
      ...(upperThreshold !== undefined && { upperThreshold }),
      ...(lowerThreshold !== undefined && { lowerThreshold }),
      ...(tunnelType && { tunnelType }),
      ...(tunnelPort !== undefined && { tunnelPort }),
      ...(tunnelFlags !== undefined && { tunnelFlags }),
    },
    raw: raw === true,
  }
}

const CHECKSUM_OPTIONS: readonly OptionId[] = ['tun-nocsum', 'tun-csum', 'tun-remcsum']
