// `--table`: configuration and state side by side, in as many columns as fit the terminal. Columns and their order may
// change: programs should read the JSON.
import Table from 'cli-table3'
import type { Connection, ConnectionEndpoint } from '../ipvs/connection-list.ts'
import { DESTINATION } from '../ipvs/schema.ts'
import type { Address } from '../model/address.ts'
import type { Destination } from '../model/destination.ts'
import { isFwmark, type Protocol, type Service } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { COLUMNS, type Column, type ColumnName, type CounterView, VIEWS } from './columns.ts'
import { formatEndpoint, type KnownNames, NUMBERS } from './endpoints.ts'
import { type Painter, serverState } from './painter.ts'
import { attributes, serviceLabel } from './table-listing.ts'
import { formatShort } from './units.ts'

interface WideTableOptions {
  readonly names: KnownNames
  /** Print whole numbers, without unit prefixes. */
  readonly exact: boolean
  /** Characters in a line. Infinity: no limit. */
  readonly width: number
  readonly painter: Painter
}

interface WideColumn {
  readonly name: string
  readonly title: string
  readonly server: (destination: Destination) => string | number | bigint
  /** A service's value. The service's name extends over the columns without one. */
  readonly service?: (service: Service) => bigint
  /** Never abbreviated: the configuration. */
  readonly exact: boolean
}

const counters = ({ counters }: CounterView): WideColumn[] =>
  counters.map(([name, title]) => ({
    name,
    title,
    server: ({ observed }) => observed.stats[name],
    service: ({ observed }) => observed.stats[name],
    exact: false,
  }))

/** All columns; those of real servers alone come first. */
export const WIDE_COLUMNS: readonly WideColumn[] = [
  ...(Object.entries(COLUMNS) as [ColumnName, Column][]).map(([name, { title, short = title, value }]) => ({
    name,
    title: short,
    server: value,
    exact: name in DESTINATION.schema.config,
  })),
  ...counters(VIEWS.stats as CounterView),
  ...counters(VIEWS.rate as CounterView),
]

/** The priority of columns when not all fit; the others follow in their order. */
const FIRST: readonly (ColumnName | keyof Stats)[] = [
  'weight',
  'activeConnections',
  'inactiveConnections',
  'forwarding',
  'connectionRate',
  'inByteRate',
  'outByteRate',
  'upperThreshold',
  'connections',
]

const GAP = 2
const INDENT = '  '

interface WideRow {
  readonly label: string
  readonly cells: readonly string[]
  readonly of: VirtualService['service'] | Destination
  readonly isService: boolean
}

export function formatWideTable(table: readonly VirtualService[], options: WideTableOptions): string {
  const rows = table.flatMap((entry) => rowsOf(entry, options))
  const { shown, left } = choose(rows, options.width)
  const widths = [labelWidth(rows, shown), ...shown.map((column) => columnWidth(rows, column))]
  const { painter } = options
  const printed = newTable(widths)
  const titles = ['Service', ...shown.map((i) => WIDE_COLUMNS[i]!.title)]
  printed.push(pad(titles, widths, shown).map((title) => painter.title(title)))
  for (const row of rows) {
    const paint = row.isService ? serviceCells : serverCells
    printed.push(paint(row, shown, widths, painter))
  }
  const text = tidy(printed.toString())
  const names = left.map((i) => WIDE_COLUMNS[i]!.title)
  return names.length === 0 ? text : `${text}${painter.title(`no room for: ${names.join(' ')}`)}\n`
}

function rowsOf({ service, destinations }: VirtualService, { names, exact }: WideTableOptions): WideRow[] {
  const text = (value: string | number | bigint, whole: boolean) =>
    typeof value === 'string' || whole ? `${value}` : formatShort(value)
  const { id, config } = service
  const protocol = isFwmark(id) ? undefined : id.protocol
  const label = `${protocol?.toUpperCase() ?? 'FWM'} ${serviceLabel(id, names)}  ${config.scheduler}${attributes(service)}`
  const ofService = WIDE_COLUMNS.map((column) => (column.service ? text(column.service(service), exact) : ''))
  return [
    { label, cells: ofService, of: service, isService: true },
    ...destinations.map((destination) => ({
      label: INDENT + formatEndpoint(destination.id.address, destination.id.port, protocol, names),
      cells: WIDE_COLUMNS.map((column) => text(column.server(destination), exact || column.exact)),
      of: destination,
      isService: false,
    })),
  ]
}

/** The columns (by index) that fit, and the omitted ones with values. */
function choose(rows: readonly WideRow[], width: number): { shown: number[]; left: number[] } {
  const all = [...WIDE_COLUMNS.keys()]
  if (width === Infinity) return { shown: all, left: [] }
  const rank = (i: number) => {
    const place = (FIRST as readonly string[]).indexOf(WIDE_COLUMNS[i]!.name)
    return (hasValues(rows, i) || place === 0 ? 0 : 1000) + (place < 0 ? FIRST.length + i : place)
  }
  const chosen = new Set<number>()
  for (const column of all.toSorted((a, b) => rank(a) - rank(b))) {
    const columns = [...chosen, column].sort((a, b) => a - b)
    const needed = columns.reduce((sum, i) => sum + columnWidth(rows, i), labelWidth(rows, columns))
    if (needed - GAP <= width) chosen.add(column)
  }
  const shown = all.filter((i) => chosen.has(i))
  return { shown, left: all.filter((i) => !chosen.has(i) && hasValues(rows, i)) }
}

/** Whether any real server or service has a value other than zero in that column. */
function hasValues(rows: readonly WideRow[], column: number): boolean {
  return rows.some(({ cells }) => !['', '0', 'n/a'].includes(cells[column]!))
}

function columnWidth(rows: readonly WideRow[], column: number): number {
  let width = WIDE_COLUMNS[column]!.title.length
  for (const { cells } of rows) width = Math.max(width, cells[column]!.length)
  return width + GAP
}

/** A service's name may extend over columns in which it has no value. */
function labelWidth(rows: readonly WideRow[], columns: readonly number[]): number {
  const spanned = columns.filter((i) => WIDE_COLUMNS[i]!.service === undefined)
  const room = spanned.reduce((sum, i) => sum + columnWidth(rows, i), 0)
  let width = 'Service'.length
  for (const { label, isService } of rows) width = Math.max(width, label.length - (isService ? room : 0))
  return width + GAP
}

/** Continues the service's name in the cells without a value. */
function serviceCells(
  { label, cells }: WideRow,
  shown: readonly number[],
  widths: readonly number[],
  painter: Painter,
): string[] {
  const texts = pad(['', ...shown.map((i) => cells[i]!)], widths, shown)
  let rest = label
  return texts.map((text, column) => {
    if (column > 0 && WIDE_COLUMNS[shown[column - 1]!]!.service !== undefined) return painter.service(text)
    const part = rest.slice(0, text.length)
    rest = rest.slice(text.length)
    return painter.service(part.padEnd(text.length))
  })
}

function serverCells(
  { label, cells, of }: WideRow,
  shown: readonly number[],
  widths: readonly number[],
  painter: Painter,
): string[] {
  const state = serverState(of as Destination)
  const [name, ...values] = pad([label, ...shown.map((i) => cells[i]!)], widths, shown)
  const end = label.length
  const endpoint = painter.endpoint(label.slice(INDENT.length), state)
  return [INDENT + endpoint + name!.slice(end), ...values.map((value) => painter.state(value, state))]
}

/** Aligns texts left and numbers right, each followed by a gap. */
function pad(texts: readonly string[], widths: readonly number[], shown: readonly number[]): string[] {
  return texts.map((text, i) => {
    const width = widths[i]!
    return i === 0 || isText(shown[i - 1]!)
      ? text.padEnd(width)
      : `${text.padStart(width - GAP)}${' '.repeat(GAP)}`
  })
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('left-mid', 'mid-mid', 'right-mid', 'middle')
    .map((name) => [name, '']),
)

/** A table without lines whose cells have the given widths. */
function newTable(widths: readonly number[]): Table.Table {
  return new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: [...widths],
  })
}

const TEXT_COLUMNS: readonly ColumnName[] = ['forwarding', 'tunnel']

function isText(column: number): boolean {
  return (TEXT_COLUMNS as readonly string[]).includes(WIDE_COLUMNS[column]!.name)
}

function tidy(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour may end after the blanks
  return `${text.replace(/ +((?:\u001b\[\d+m)*)$/gm, '$1')}\n`
}

const CONNECTION_TITLES = ['Prot', 'Expires', 'State', 'Source', 'Virtual', 'Destination', 'Engine']

interface ConnectionTableOptions {
  readonly names: KnownNames | undefined
  readonly painter: Painter
}

export function formatConnectionTable(
  connections: Iterable<Connection>,
  { names = NUMBERS, painter }: ConnectionTableOptions,
): string {
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    colAligns: ['left', 'right'],
  })
  table.push(CONNECTION_TITLES.map((title) => painter.title(title)))
  for (const { protocol, client, virtual, destination, state, expires, engine } of connections) {
    const text = ({ address, port }: ConnectionEndpoint) =>
      painter.endpoint(formatEndpoint(address as Address, port, protocol as Protocol, names))
    table.push([
      protocol.toUpperCase(),
      `${expires} s`,
      state,
      text(client),
      'fwmark' in virtual ? `FWM ${virtual.fwmark}` : text(virtual),
      text(destination),
      engine === undefined ? '' : printable(`${engine.name} ${engine.data}`),
    ])
  }
  return tidy(table.toString())
}

/** Removes control characters, because an engine's data come from a client's packet. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
}
