// A client of this machine's kernel.

import type { System } from '../system/system.ts'
import { IpvsClient } from './client.ts'

/** Loads ip_vs if it is missing. Close the client when done. Rejects with an UnavailableError when there is no ip_vs. */
export async function openClient(system: System): Promise<IpvsClient> {
  return await IpvsClient.open({
    transport: await system.transport(),
    loadModule: () => system.loadModule(),
    privileged: system.privileged,
  })
}
