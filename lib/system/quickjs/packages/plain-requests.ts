// The build puts this in the place of lib/rules/plain-requests.ts.
import { skipPlain, writePlain } from 'host'
import type { ChangeEncoder } from '../../../ipvs/requests.ts'
import { CMD_ATTR, CONN_F, DEST_ATTR, IPPROTO, SVC_ATTR } from '../../../ipvs/uapi.ts'
import type { Address } from '../../../model/address.ts'
import { concatBytes } from '../../../model/bytes.ts'
import type { Change } from '../../../model/change.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../../../model/defaults.ts'
import { SVC_F } from '../../../model/flags.ts'
import { hostNetmask } from '../../../model/netmask.ts'
import type { PlainWriter } from '../../../rules/plain-requests.ts'
import { payloadOf } from './message-offsets.ts'

const ANY = '0.0.0.0' as Address
const SERVICE = { family: 'inet', protocol: 'tcp', address: ANY, port: 0 } as const
const FORWARDING = { route: CONN_F.DROUTE, tunnel: CONN_F.TUNNEL, masquerade: CONN_F.MASQ } as const

/** Requests of the defaults, in whose place the values of a line are put. */
const ADD_SERVICE: Change = {
  kind: 'add-service',
  service: SERVICE,
  config: { ...SERVICE_DEFAULTS, netmask: hostNetmask('inet') },
}
const ADD_SERVER: Change = {
  kind: 'add-server',
  service: SERVICE,
  server: { family: 'inet', address: ANY, port: 0 },
  config: DESTINATION_DEFAULTS,
}

export { skipPlain }

export function plainWriter(encoder: ChangeEncoder): PlainWriter {
  const [service, server] = [ADD_SERVICE, ADD_SERVER].map((change) => encoder.message(change).slice())
  const { SERVICE, DEST } = CMD_ATTR
  const inService = (message: Uint8Array, ...names: (keyof typeof SVC_ATTR)[]) =>
    names.map((name) => payloadOf(message, SERVICE, SVC_ATTR[name]))
  const inServer = (...names: (keyof typeof DEST_ATTR)[]) =>
    names.map((name) => payloadOf(server!, DEST, DEST_ATTR[name]))
  const plan = Uint32Array.of(
    service!.length,
    payloadOf(service!, SERVICE) - 4,
    ...inService(service!, 'PROTOCOL', 'ADDR', 'PORT'),
    payloadOf(service!, SERVICE, SVC_ATTR.SCHED_NAME) - 4,
    ...inService(service!, 'FLAGS', 'TIMEOUT'),
    server!.length,
    ...inService(server!, 'PROTOCOL', 'ADDR', 'PORT'),
    ...inServer('ADDR', 'PORT', 'FWD_METHOD', 'WEIGHT'),
    IPPROTO.TCP,
    IPPROTO.UDP,
    SVC_F.PERSISTENT,
    FORWARDING[DESTINATION_DEFAULTS.forwarding as keyof typeof FORWARDING],
    FORWARDING.route,
    FORWARDING.tunnel,
    FORWARDING.masquerade,
  )
  const messages = concatBytes([service!, server!])
  return (text, { block, places, progress }) => void writePlain(plan, messages, text, block, places, progress)
}
