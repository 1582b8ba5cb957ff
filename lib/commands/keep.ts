// `-e --keep`, `-E --keep`: what the words do not name stays as it is. The words and the entry as it is → Change.

import type { KeepServer, KeepService } from '../grammar/command.ts'
import { serverOf, serviceOf } from '../grammar/parse.ts'
import { refuse } from '../grammar/raw-options.ts'
import { parseSchedulerFlags } from '../grammar/values.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import type { Change } from '../model/change.ts'
import type { Destination } from '../model/destination.ts'
import { ENOENT, KernelError } from '../model/errors.ts'
import { SVC_F } from '../model/flags.ts'
import { SCHEDULER_BITS } from '../model/scheduler-flags.ts'
import type { Service, ServiceConfiguration } from '../model/service.ts'

const NAMEABLE_BITS = SCHEDULER_BITS | SVC_F.PERSISTENT | SVC_F.ONEPACKET

/** Reads the entry that the command is about. Rejects as the edit itself would if there is none. */
export async function resolveKeep(command: KeepService | KeepServer, client: IpvsClient): Promise<Change> {
  const request = command.kind === 'keep-service' ? 'SET_SERVICE' : 'SET_DEST'
  let service: Service
  try {
    service = await client.service(command.service, { stats: false })
  } catch (error) {
    throw error instanceof KernelError ? new KernelError(error.errno, request) : error
  }
  if (command.kind === 'keep-service') return keepService(command, service.config)
  const old = findServer(command, await client.destinations(service.id, { stats: false }))
  if (old === undefined) throw new KernelError(ENOENT, request)
  return keepServer(command, old)
}

/**
 * The edit of a service. Flags belong to their scheduler: they go when it changes, unless they are named.
 * Throws a UsageError when the words do not fit what there is.
 */
export function keepService({ service, named }: KeepService, old: ServiceConfiguration) {
  const { said, options } = named
  const scheduler = said.scheduler || old.scheduler
  const known = [...options]
  if ((old.flags & SVC_F.PERSISTENT) !== 0) known.push('persistent')
  if ((old.flags & SVC_F.ONEPACKET) !== 0) known.push('ops')
  const flags =
    said.schedulerFlags !== undefined
      ? parseSchedulerFlags(said.schedulerFlags, scheduler)
      : scheduler === old.scheduler
        ? old.flags & SCHEDULER_BITS
        : 0
  if (typeof flags !== 'number') refuse(flags.problem)
  const { config } = serviceOf(
    {
      ...said,
      persistence: said.persistence ?? old.timeout,
      // An IPv6 service's words always come with a netmask.
      netmask: options.includes('netmask') ? said.netmask! : old.netmask,
      engine: said.engine ?? old.engine,
    },
    known,
    scheduler,
    (flags | (old.flags & ~NAMEABLE_BITS)) >>> 0,
  )
  return { kind: 'edit-service', service, config } as const
}

/**
 * The edit of a real server. What is only of tunnels, or only of one type of them, goes when that changes.
 * Throws a UsageError when the words do not fit what there is.
 */
export function keepServer(
  { service, named }: KeepServer,
  { id, config: old }: Pick<Destination, 'id' | 'config'>,
) {
  const { said, options } = named
  const forwarding = said.forwarding ?? old.forwarding
  const type = said.tunnelType ?? old.tunnelType
  const sameTunnel = forwarding === 'tunnel' && old.forwarding === 'tunnel' && type === old.tunnelType
  const tunnel = sameTunnel ? old : undefined
  const known = [...options]
  if (sameTunnel && old.tunnelPort !== 0) known.push('tun-port')
  const { config } = serverOf(
    {
      ...said,
      server: id,
      forwarding,
      weight: said.weight ?? old.weight,
      upperThreshold: said.upperThreshold ?? old.upperThreshold,
      lowerThreshold: said.lowerThreshold ?? old.lowerThreshold,
      tunnelType: said.tunnelType ?? tunnel?.tunnelType,
      tunnelPort: said.tunnelPort ?? tunnel?.tunnelPort,
      tunnelFlags: said.tunnelFlags ?? tunnel?.tunnelFlags,
    },
    known,
  )
  return { kind: 'edit-server', service, server: id, config } as const
}

/** Which of a service's real servers the words mean: that with the port that they give, or with the service's. */
export function findServer<T extends Pick<Destination, 'id'>>(
  { server, coerced }: KeepServer,
  servers: Iterable<T>,
): T | undefined {
  const all = [...servers]
  for (const wanted of [server, coerced]) {
    const found = all.find(({ id }) => id.address === wanted.address && id.port === wanted.port)
    if (found !== undefined) return found
  }
  return undefined
}
