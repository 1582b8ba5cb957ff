// `-S` and `ipvsadm-save`: write the table as rule lines or as JSON.
import type { Saving } from '../grammar/command.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import { openClient } from '../ipvs/open-client.ts'
import { asText } from '../model/bytes.ts'
import { NUMBERS } from '../output/endpoints.ts'
import { sortDestinations, sortWholeTable } from '../output/sort.ts'
import type { System } from '../system/system.ts'
import type { ServiceFormat } from './service-format.ts'

export async function save(command: Saving, client: IpvsClient, system: System): Promise<void> {
  if (command.format !== undefined) return await saveJson(command.format === 'json-lines', client, system)
  if (command.all !== true) return await saveServices(command, client, system)
  const { formatSet, formatStartDaemon } = await import('../rules/change-lines.ts')
  system.writeOutput(`${formatSet(await client.timeouts())}\n`)
  await saveServices(command, client, system)
  for (const daemon of await client.daemons()) system.writeOutput(`${formatStartDaemon(daemon)}\n`)
}

/** `ipvsadm-save`, to stdout or to a file. */
export async function saveTable(file: string | undefined, command: Saving, system: System): Promise<void> {
  const client = await openClient(system)
  try {
    await (file === undefined ? save(command, client, system) : saveToFile(file, command, client, system))
  } finally {
    client.close()
  }
}

/** Replaces the file after everything has been read. */
async function saveToFile(file: string, command: Saving, client: IpvsClient, system: System): Promise<void> {
  const texts: string[] = []
  await save(command, client, { ...system, writeOutput: (text) => void texts.push(asText(text)) })
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
    const { formatAddServer, formatAddService, formatServiceId, formatServiceRules } = await import(
      '../rules/rule-lines.ts'
    )
    const { writeServices } = await import('./write-services.ts')
    const format: ServiceFormat = {
      head: '',
      sort: true,
      plan: async () => (await import('../rules/rule-plan.ts')).RULE_PLAN,
      service: (service) => formatAddService(service, NUMBERS),
      prefix: (id) => `-a ${formatServiceId(id, NUMBERS)} -r `,
      server: (id, destination) => formatAddServer(id, destination, NUMBERS),
      all: ({ service, destinations }) =>
        formatServiceRules({ service, destinations: sortDestinations(destinations) }, NUMBERS),
    }
    return await writeServices(format, { stats: false }, client, system)
  }
  const table = sortWholeTable(await client.table({ stats: false }))
  const { formatRules } = await import('../rules/rule-lines.ts')
  const { addressesOf, lookUpKnownNames } = await import('./known-names.ts')
  const names = await lookUpKnownNames(addressesOf(table), resolveTimeout, system)
  for (const text of formatRules(table, names)) system.writeOutput(text)
}
