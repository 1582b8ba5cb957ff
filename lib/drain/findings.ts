// Reasons why a server does not drain, effects of draining on clients, and fixes: pure functions.
import type { DestinationId } from '../model/destination.ts'
import { serviceFlagNames } from '../model/flag-names.ts'
import { isFwmark } from '../model/service.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { formatServiceId } from '../rules/rule-lines.ts'
import type { HoldingClient } from './clients.ts'
import {
  CONN_REUSE_MODE,
  type DrainContext,
  EXPIRE_NODEST_CONN,
  EXPIRE_QUIESCENT_TEMPLATE,
} from './drain-settings.ts'
import type { RemainingConnections } from './wait.ts'

export interface DrainFinding {
  readonly id: FindingId
  readonly problem: string
  /** Alternative fixes, as commands or instructions; empty if no action is needed. */
  readonly fixes: readonly string[]
}

type FindingId =
  | 'clients-refused'
  | 'port-reuse'
  | 'persistent-templates'
  | 'udp-clients'
  | 'established'
  | 'deletion-ends-connections'
  | 'deletion-drops-packets'

/** Schedulers that hash to servers of any weight, and their flag for a fallback server, if there is one. */
const HASHING: Readonly<Record<string, { readonly fallback: string | undefined } | undefined>> = {
  sh: { fallback: 'sh-fallback' },
  mh: { fallback: 'mh-fallback' },
  dh: { fallback: undefined },
}

const END_AFTER = '--end-after SECONDS deletes the server then'

/**
 * Findings before the wait.
 * @param willEnd the server will be deleted even if connections remain
 */
export function firstFindings(
  context: DrainContext,
  server: DestinationId,
  willEnd: boolean,
): DrainFinding[] {
  const found = [clientsRefused(context, server), portReuse(context)]
  if (willEnd) found.push(deletion(context, server))
  return defined(found)
}

/** Reasons why connections remain. */
export function holdFindings(
  context: DrainContext,
  left: RemainingConnections,
  clients: readonly HoldingClient[],
): DrainFinding[] {
  return defined([
    templates(context, left),
    udpClients(context, left, clients),
    left.active + left.inactive > 0 ? portReuse(context) : undefined,
    established(left, clients),
  ])
}

/** The effect of the server's deletion on the remaining connections. */
export function deletion({ settings }: DrainContext, server: DestinationId): DrainFinding {
  const name = serverName(server)
  return settings.expireNodestConn
    ? {
        id: 'deletion-ends-connections',
        problem: `deleting ${name} ends the connections that are left: TCP clients get a reset at their next packet, UDP clients another server (${EXPIRE_NODEST_CONN} = 1)`,
        fixes: [],
      }
    : {
        id: 'deletion-drops-packets',
        problem: `deleting ${name} drops all packets of the connections that are left, without an answer, until their entries expire (${EXPIRE_NODEST_CONN} = 0)`,
        fixes: [`sysctl -w ${EXPIRE_NODEST_CONN}=1`],
      }
}

function clientsRefused({ service }: DrainContext, server: DestinationId): DrainFinding | undefined {
  const { scheduler, flags } = service.config
  const hashing = HASHING[scheduler]
  if (hashing === undefined) return undefined
  const { fallback } = hashing
  const names = serviceFlagNames(flags, scheduler)
  if (fallback !== undefined && names.includes(fallback)) return undefined
  const own = names.filter((name) => name.startsWith(`${scheduler}-`))
  const words = fallback === undefined ? '-s wlc' : `-b ${[fallback, ...own].join(',')}`
  return {
    id: 'clients-refused',
    problem: `new clients that ${scheduler} has hashed to ${serverName(server)} are refused while its weight is 0`,
    fixes: [`ipvsadm -E ${formatServiceId(service.id, NUMBERS)} --keep ${words}`],
  }
}

function portReuse({ service, settings }: DrainContext): DrainFinding | undefined {
  if (!isFwmark(service.id) && service.id.protocol === 'udp') return undefined
  if (settings.connReuseMode !== 0 || settings.expireNodestConn) return undefined
  return {
    id: 'port-reuse',
    problem: `clients that use a port again keep coming although the weight is 0 (${CONN_REUSE_MODE} = 0, ${EXPIRE_NODEST_CONN} = 0)`,
    fixes: [`sysctl -w ${EXPIRE_NODEST_CONN}=1`],
  }
}

function templates({ settings }: DrainContext, left: RemainingConnections): DrainFinding | undefined {
  if (left.persistent === 0 || settings.expireQuiescentTemplate) return undefined
  return {
    id: 'persistent-templates',
    problem: `clients with a persistence template keep coming although the weight is 0, and each connection renews it (${EXPIRE_QUIESCENT_TEMPLATE} = 0)`,
    fixes: [`sysctl -w ${EXPIRE_QUIESCENT_TEMPLATE}=1`],
  }
}

function udpClients(
  { service, settings }: DrainContext,
  left: RemainingConnections,
  clients: readonly HoldingClient[],
): DrainFinding | undefined {
  if (left.active + left.inactive === 0) return undefined
  const udp = isFwmark(service.id)
    ? clients.some(({ protocol, port }) => protocol === 'udp' && port !== undefined)
    : service.id.protocol === 'udp'
  if (!udp) return undefined
  const id = formatServiceId(service.id, NUMBERS)
  return {
    id: 'udp-clients',
    problem: `each packet of a UDP client that keeps its port renews its entry for ${settings.udpTimeout} s`,
    fixes: [
      `${END_AFTER}${settings.expireNodestConn ? '' : ` (first: sysctl -w ${EXPIRE_NODEST_CONN}=1)`}`,
      `ipvsadm -E ${id} --keep -o schedules each packet`,
      'ipvsadm --set 0 0 N makes entries last N seconds',
    ],
  }
}

function established(
  left: RemainingConnections,
  clients: readonly HoldingClient[],
): DrainFinding | undefined {
  const open = clients.filter(({ state, port }) => state === 'ESTABLISHED' && port !== undefined).length
  if (left.active === 0 || open === 0) return undefined
  return {
    id: 'established',
    problem: 'established connections last as long as their clients keep them',
    fixes: [END_AFTER],
  }
}

const defined = (findings: readonly (DrainFinding | undefined)[]) =>
  findings.filter((finding) => finding !== undefined)

export const serverName = ({ address, port }: DestinationId) =>
  formatEndpoint(address, port, undefined, NUMBERS)
