// The classic listing of the table, byte for byte: programs parse it.
import type { Destination } from '../model/destination.ts'
import type { Info } from '../model/director.ts'
import { SVC_F } from '../model/flags.ts'
import type { View } from '../model/listing-format.ts'
import { hostNetmask } from '../model/netmask.ts'
import { listedFlagNames, SCHEDULER_BITS } from '../model/scheduler-flags.ts'
import { isFwmark, type Protocol, type Service, type ServiceId } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { inChunks } from './chunks.ts'
import { COLUMNS, type CounterView, type ServerView, VIEWS } from './columns.ts'
import { formatEndpoint, type KnownNames, NUMBERS } from './endpoints.ts'
import { formatCount } from './numbers.ts'
import { sortDestinations, sortTable } from './sort.ts'

/** The width of an address with its port. IPv4 is truncated to it; IPv6 shifts the other columns to the right. */
export const ENDPOINT_WIDTH = 28

interface ListingOptions {
  readonly view: View
  /** Print whole numbers, without K, M or G. */
  readonly exact: boolean
  readonly sort: boolean
}

export function formatInfo(info: Info): string {
  return `IP Virtual Server version ${formatVersion(info)} (size=${info.connectionTableSize})\n`
}

export function formatVersion({ version }: Pick<Info, 'version'>): string {
  return [version >> 16, (version >> 8) & 0xff, version & 0xff].join('.')
}

/** Yields the listing, titles included, in large chunks. */
export function formatTable(
  table: readonly VirtualService[],
  options: ListingOptions,
  names: KnownNames,
): Generator<string, void, undefined> {
  function* texts() {
    yield formatTitles(options)
    for (const entry of options.sort ? sortTable(table) : table) yield formatService(entry, options, names)
  }
  return inChunks(texts())
}

/** A service's line and those of its real servers. */
export function formatService(
  { service, destinations }: VirtualService,
  { view, exact, sort }: ListingOptions,
  names: KnownNames,
): string {
  const columns = VIEWS[view]
  let text = serviceLine(service, columns, exact, names)
  const protocol = isFwmark(service.id) ? undefined : service.id.protocol
  for (const destination of sort ? sortDestinations(destinations) : destinations)
    text += serverLine(destination, columns, exact, protocol, names)
  return text
}

export function formatServiceLine(
  service: Service,
  { view, exact }: Omit<ListingOptions, 'sort'>,
  names: KnownNames,
): string {
  return serviceLine(service, VIEWS[view], exact, names)
}

/** The line of a real server, with numbers. */
export function formatServerLine(
  destination: Destination,
  { view, exact }: Omit<ListingOptions, 'sort'>,
): string {
  return serverLine(destination, VIEWS[view], exact, undefined, NUMBERS)
}

function serverLine(
  destination: Destination,
  view: ServerView | CounterView,
  exact: boolean,
  protocol: Protocol | undefined,
  names: KnownNames,
): string {
  const { address, port, family } = destination.id
  const endpoint = padEndpoint(formatEndpoint(address, port, protocol, names), family === 'inet')
  return `  -> ${endpoint}${values(destination, view, exact)}\n`
}

export function formatTitles({ view: name }: Pick<ListingOptions, 'view'>): string {
  const view = VIEWS[name]
  const local = 'Prot LocalAddress:Port'
  const remote = '  -> RemoteAddress:Port'
  const width = '  -> '.length + ENDPOINT_WIDTH
  if ('counters' in view) {
    return `${local.padEnd(width)}${view.counters.map(([, title]) => title.padStart(9)).join('')}\n${remote}\n`
  }
  const columns = view.columns.map(([name, size]) => ` ${COLUMNS[name].title.padEnd(size)}`).join('')
  if (view.titles === 'services') return `${local.padEnd(width)}${columns}\n${remote}\n`
  return `${local} Scheduler Flags\n${remote.padEnd(width)}${columns.trimEnd()}\n`
}

function serviceLine(
  service: Service,
  view: ServerView | CounterView,
  exact: boolean,
  names: KnownNames,
): string {
  const { id, config } = service
  const label = serviceLabel(id, names)
  const short = isFwmark(id) || id.family === 'inet'
  if ('counters' in view) {
    return `${padProtocol(id)}${padEndpoint(label, short)}${counts(service.observed.stats, view, exact)}\n`
  }
  return `${padProtocol(id)}${short ? label.slice(0, ENDPOINT_WIDTH) : label} ${config.scheduler}${attributes(service)}\n`
}

function padProtocol(id: ServiceId): string {
  return isFwmark(id) ? 'FWM  ' : id.protocol.toUpperCase().padEnd(5)
}

export function serviceLabel(id: ServiceId, names: KnownNames): string {
  if (!isFwmark(id)) return formatEndpoint(id.address, id.port, id.protocol, names)
  return id.family === 'inet' ? `${id.fwmark}` : `${id.fwmark} IPv6`
}

/** A service's attributes besides its scheduler: flags, persistence, engine, one-packet scheduling. */
export function attributes({ id, config }: Service): string {
  const { flags, scheduler, timeout, netmask, engine } = config
  let text = ''
  if ((flags & SCHEDULER_BITS) !== 0) text += ` (${listedFlagNames(flags, scheduler).join(',')})`
  if ((flags & SVC_F.PERSISTENT) !== 0) {
    text += ` persistent ${timeout}`
    if (netmask !== hostNetmask(id.family)) text += ` mask ${netmask}`
    if (engine !== '') text += ` pe ${engine}`
  }
  if ((flags & SVC_F.ONEPACKET) !== 0) text += ' ops'
  return text
}

function padEndpoint(text: string, short: boolean): string {
  return short && text.length > ENDPOINT_WIDTH ? text.slice(0, ENDPOINT_WIDTH) : padded(text, ENDPOINT_WIDTH)
}

const BLANKS = Array.from({ length: ENDPOINT_WIDTH + 1 }, (_, count) => ' '.repeat(count))

/** `padEnd` without allocating the blanks each time, for five columns a line. */
function padded(text: string, width: number): string {
  return text.length < width ? text + BLANKS[width - text.length]! : text
}

function values(destination: Destination, view: ServerView | CounterView, exact: boolean): string {
  if ('counters' in view) return counts(destination.observed.stats, view, exact, view.wholeOnServers)
  const { columns } = view
  let text = ''
  // By index: an iterator for each row and column would be a fifth of a listing.
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!
    const value = `${COLUMNS[column[0]].value(destination)}`
    const missing = column[1] - value.length
    text += missing > 0 ? ` ${value}${BLANKS[missing]}` : ` ${value}`
  }
  return text
}

function counts(
  stats: Stats,
  { counters }: CounterView,
  exact: boolean,
  whole: readonly (keyof Stats)[] = [],
): string {
  let text = ''
  for (let i = 0; i < counters.length; i++) {
    const name = counters[i]![0]
    text += formatCount(stats[name], exact || whole.includes(name))
  }
  return text
}
