// Completion candidates from this machine: services, real servers and interfaces. None if they cannot be read.
import type { Option } from '../grammar/option-rows.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { parseEndpoint } from '../grammar/values.ts'
import { IpvsClient } from '../ipvs/client.ts'
import { SCHEDULER_FLAGS } from '../model/scheduler-flags.ts'
import { isFwmark } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { sortDestinations, sortTable } from '../output/sort.ts'
import { ALL, findNamespaces } from '../system/find-namespaces.ts'
import type { System } from '../system/system.ts'
import type { Candidate, LiveValues, Typed } from './complete.ts'

export function liveValues(system: System): LiveValues {
  return {
    async valuesOf(option, typed) {
      if (option.id === 'netns') return namespaces(system, typed)
      // The values of this namespace do not apply to another.
      if (typed.given.has('netns')) return []
      switch (option.id) {
        case 'service-address':
          // A new service is not an existing one.
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

/** The table in the order of the listing. Does not load the module. */
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

/** Candidates for a service option: services of its protocol, or by mark. */
function services(table: readonly VirtualService[], { long }: Option): Candidate[] {
  const kind = long.replace('-service', '')
  return table
    .filter(({ service: { id } }) => (isFwmark(id) ? 'fwmark' : id.protocol) === kind)
    .map((entry) => ({
      value: labelOf(entry),
      text: `${entry.service.config.scheduler}, ${entry.destinations.length} real servers`,
    }))
}

/** The servers of the typed service; for a new one, those of the other services. */
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
  const own = table.filter((entry) => labelOf(entry) === label)
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

/** Those with a name, of which there are few; and `all`, for listings. */
function namespaces({ namespaces: machine }: System, { command }: Typed): Candidate[] {
  const found = machine === undefined ? [] : findNamespaces(machine).found
  const named = found.flatMap(({ word, files }) => files.slice(0, 1).map((text) => ({ value: word, text })))
  return command?.id === 'list' ? [...named, { value: ALL, text: 'every table' }] : named
}

function interfaces(system: System): Candidate[] {
  try {
    const text = new TextDecoder().decode(system.readFile('/proc/net/dev'))
    return [...text.matchAll(/^ *([^\s:]+):/gm)].map(([, value]) => ({ value: value!, text: 'interface' }))
  } catch {
    return []
  }
}
