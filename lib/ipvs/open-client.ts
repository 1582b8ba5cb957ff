// A client of this machine's kernel.
import type { System } from '../system/system.ts'
import { IpvsClient } from './client.ts'
import { kernelOf } from './open-family.ts'

/** Loads ip_vs if it is missing. Close the client when done. Rejects with an UnavailableError when there is no ip_vs. */
export async function openClient(system: System): Promise<IpvsClient> {
  const client = await IpvsClient.open(await kernelOf(system))
  system.trace?.('the kernel has answered')
  return client
}
