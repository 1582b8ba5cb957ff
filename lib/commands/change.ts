// Commands that change one thing: `-A`, `-E`, `-D`, `-C`, `-a`, `-e`, `-d`, `-Z`, `--set` and the sync daemons.
import type { KeepServer, KeepService } from '../grammar/command.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import type { Change } from '../model/change.ts'

/** Rejects with a KernelError when the kernel refuses it. */
export async function change(command: Change | KeepService | KeepServer, client: IpvsClient): Promise<void> {
  if (command.kind !== 'keep-service' && command.kind !== 'keep-server') return await client.apply(command)
  const { resolveKeep } = await import('./keep.ts')
  await client.apply(await resolveKeep(command, client))
}
