// `-S` and `ipvsadm-save`: write the table as rule lines or as JSON.
import type { Saving } from '../grammar/command.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { NUMBERS } from '../output/endpoints.ts'
import { sortDestinations, sortWholeTable } from '../output/sort.ts'
import type { System } from '../system/system.ts'

export async function save(command: Saving, client: IpvsClient, system: System): Promise<void> {
  if (command.format !== undefined) return await saveJson(command.format === 'json-lines', client, system)
  if (command.all !== true) return await saveServices(command, client, system)
  const { formatSet, formatStartDaemon } = await import('../rules/change-lines.ts')
  system.writeOutput(`${formatSet(await client.timeouts())}\n`)
  await saveServices(command, client, system)
  for (const daemon of await client.daemons()) system.writeOutput(`${formatStartDaemon(daemon)}\n`)
}

/** Replaces the file after everything has been read. */
export async function saveToFile(
  file: string,
  command: Saving,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const texts: string[] = []
  await save(command, client, { ...system, writeOutput: (text) => void texts.push(text) })
  system.replaceFile(file, texts.join(''))
}

async function saveJson(lines: boolean, client: IpvsClient, system: System): Promise<void> {
  const table = sortWholeTable(await client.table({ stats: false }))
  const { formatTableJson } = await import('../output/listing-json.ts')
  for (const text of formatTableJson(table, { lines, observed: false })) system.writeOutput(text)
}

async function saveServices(
  { numeric, resolveTimeout }: Saving,
  client: IpvsClient,
  system: System,
): Promise<void> {
  if (numeric) {
    const { formatServiceRules } = await import('../rules/rule-lines.ts')
    const { writeServices } = await import('./write-services.ts')
    const format = ({ service, destinations }: VirtualService) =>
      formatServiceRules({ service, destinations: sortDestinations(destinations) }, NUMBERS)
    return await writeServices({ head: '', format, sort: true }, { stats: false }, client, system)
  }
  const table = sortWholeTable(await client.table({ stats: false }))
  const { formatRules } = await import('../rules/rule-lines.ts')
  const { addressesOf, lookUpKnownNames } = await import('./known-names.ts')
  const names = await lookUpKnownNames(addressesOf(table), resolveTimeout, system)
  for (const text of formatRules(table, names)) system.writeOutput(text)
}
