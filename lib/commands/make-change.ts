// Commands that change one thing: `-A`, `-E`, `-D`, `-C`, `-a`, `-e`, `-d`, `-Z`, `--set` and the sync daemons.
import type { KeepServer, KeepService } from '../grammar/command.ts'
import { findServer, serverEdit, serviceEdit } from '../grammar/keep.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import type { Change } from '../model/change.ts'
import { ENOENT, KernelError } from '../model/errors.ts'
import type { Service } from '../model/service.ts'
import type { System } from '../system/system.ts'
import { tellAgent } from './tell-agent.ts'

/** Rejects with a KernelError when the kernel refuses the change. */
export async function makeChange(
  command: Change | KeepService | KeepServer,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const keeps = command.kind === 'keep-service' || command.kind === 'keep-server'
  const change = keeps ? await resolveKeep(command, client) : command
  await client.apply(change)
  if (change.kind === 'edit-server') {
    await tellAgent(system, change.service, change.server, change.config.weight)
  }
}

/** The edit that a command with `--keep` asks for. Without such an entry, rejects as the edit itself would. */
async function resolveKeep(command: KeepService | KeepServer, client: IpvsClient): Promise<Change> {
  const request = command.kind === 'keep-service' ? 'SET_SERVICE' : 'SET_DEST'
  let service: Service
  try {
    service = await client.service(command.service, { stats: false })
  } catch (error) {
    throw error instanceof KernelError ? new KernelError(error.errno, request) : error
  }
  if (command.kind === 'keep-service') return serviceEdit(command, service.config)
  const old = findServer(command, await client.destinations(service.id, { stats: false }))
  if (old === undefined) throw new KernelError(ENOENT, request)
  return serverEdit(command, old)
}
