// Reads, formats and writes service by service: a table of any size takes little memory.
import type { IpvsClient, ReadOptions } from '../ipvs/client.ts'
import { CHUNK_SIZE } from '../output/chunks.ts'
import { recordRows } from '../output/record-rows.ts'
import { sortServices } from '../output/sort.ts'
import type { System } from '../system/system.ts'
import type { ServiceFormat } from './service-format.ts'
import { writeRows } from './write-rows.ts'

export async function writeServices(
  format: ServiceFormat,
  read: ReadOptions,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const rows = recordRows()
  const plan = rows && (await format.plan())
  if (plan !== undefined) {
    return await writeRows(rows!, plan, format, read, client, system)
  }
  const services = await client.services(read)
  let text = format.head
  for (const service of format.sort ? sortServices(services) : services) {
    text += format.all({ service, destinations: await client.destinations(service.id, read) })
    if (text.length >= CHUNK_SIZE) {
      system.writeOutput(text)
      text = ''
    }
  }
  system.writeOutput(text)
}
