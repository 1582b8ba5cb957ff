// Values that only this machine knows: its services, real servers, interfaces. Whatever cannot be asked has none.
import type { Option } from '../grammar/option-rows.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { parseEndpoint } from '../grammar/values.ts'
import { IpvsClient } from '../ipvs/client.ts'
import { SCHEDULER_FLAGS } from '../model/scheduler-flags.ts'
import { isFwmark } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { sortDestinations, sortTable } from '../output/sort.ts'
import type { System } from '../system/system.ts'
import type { Candidate, Live, Typed } from './complete.ts'
import { helpWords } from './describe.ts'
import { subcommandHelp } from './subcommands.ts'

export function liveValues(system: System): Live {
  return {
    subcommands: subcommandHelp,
    helpWords,
    async valuesOf(option, typed) {
      switch (option.id) {
        case 'service-address':
          // A new service is none of those that there are.
          return typed.command?.id === 'add-service' ? [] : services(await table(system), option)
        case 'real-server':
          return await servers(await table(system), typed, system)
        case 'sched-flags':
          return schedulerFlags(typed)
        case 'mcast-interface':
          return interfaces(system)
        default:
          return []
      }
    },
  }
}

/** The table as it is listed, without loading a module for it. */
async function table(system: System): Promise<readonly VirtualService[]> {
  try {
    const client = await IpvsClient.open({ transport: await system.transport() })
    try {
      return sortTable(await client.table({ stats: false }))
    } finally {
      client.close()
    }
  } catch {
    return []
  }
}

const labelOf = ({ service: { id } }: VirtualService): string =>
  isFwmark(id) ? `${id.fwmark}` : formatEndpoint(id.address, id.port, undefined, NUMBERS)

/** The services that the option can name: of its protocol, or by mark. */
function services(table: readonly VirtualService[], { long }: Option): Candidate[] {
  const kind = long.replace('-service', '')
  return table
    .filter(({ service: { id } }) => (isFwmark(id) ? 'fwmark' : id.protocol) === kind)
    .map((server) => ({
      value: labelOf(server),
      text: `${server.service.config.scheduler}, ${server.destinations.length} real servers`,
    }))
}

/** The servers of the service that was typed; a new one may be one of another service's. */
async function servers(
  table: readonly VirtualService[],
  { command, given }: Typed,
  system: System,
): Promise<Candidate[]> {
  const address = given.get('service-address') ?? ''
  const label = await withNames(system.names, (names) => {
    const endpoint = parseEndpoint(address, undefined, names)
    return endpoint === undefined || /^\d+$/.test(address)
      ? address
      : formatEndpoint(endpoint.address, endpoint.port ?? 0, undefined, NUMBERS)
  })
  const own = table.filter((server) => labelOf(server) === label)
  const taken = new Set(own.flatMap(endpoints))
  const offered =
    command?.id === 'add-server' ? table.flatMap(endpoints).filter((one) => !taken.has(one)) : taken
  return [...new Set(offered)].map((value) => ({ value, text: 'real server' }))
}

const endpoints = ({ destinations }: VirtualService): string[] =>
  sortDestinations(destinations).map(({ id }) => formatEndpoint(id.address, id.port, undefined, NUMBERS))

function schedulerFlags({ given }: Typed): Candidate[] {
  const scheduler = given.get('scheduler')
  return SCHEDULER_FLAGS.filter((flag) => flag.scheduler === undefined || flag.scheduler === scheduler).map(
    ({ name }) => ({ value: name, text: 'flag of the scheduler' }),
  )
}

function interfaces(system: System): Candidate[] {
  try {
    const text = new TextDecoder().decode(system.readFile('/proc/net/dev'))
    return [...text.matchAll(/^ *([^\s:]+):/gm)].map(([, value]) => ({ value: value!, text: 'interface' }))
  } catch {
    return []
  }
}
