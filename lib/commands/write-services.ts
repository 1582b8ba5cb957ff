// Reads, formats and writes service by service: a table of any size takes little memory.
import type { IpvsClient, ReadOptions } from '../ipvs/client.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { CHUNK_SIZE } from '../output/chunks.ts'
import { sortServices } from '../output/sort.ts'
import type { System } from '../system/system.ts'

interface ServiceFormat {
  /** Text before the first service. */
  readonly head: string
  readonly sort: boolean
  format(service: VirtualService): string
}

export async function writeServices(
  { head, sort, format }: ServiceFormat,
  read: ReadOptions,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const services = await client.services(read)
  let text = head
  for (const service of sort ? sortServices(services) : services) {
    text += format({ service, destinations: await client.destinations(service.id, read) })
    if (text.length >= CHUNK_SIZE) {
      system.writeOutput(text)
      text = ''
    }
  }
  system.writeOutput(text)
}
