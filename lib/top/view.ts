// The live view's state → the lines of a screen, as styled texts. Pure; independent of the terminal.
import { type Connection, isTemplate } from '../ipvs/connection-list.ts'
import type { Destination } from '../model/destination.ts'
import { isFwmark } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'
import { COLUMNS } from '../output/columns.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { serverState } from '../output/painter.ts'
import { formatShort, plural } from '../output/units.ts'
import { type TopState, visibleTracks } from './state.ts'
import { bar, shareOf, sparkline, type Track } from './tracks.ts'

export type Style = 'plain' | 'title' | 'selected' | 'draining' | 'overloaded' | 'graph'
interface StyledText {
  readonly text: string
  readonly style: Style
}
export type ScreenLine = readonly StyledText[]

/** In characters. */
export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** Lines above and below the rows: titles and the line of keys. */
export const FRAME = 3

const HELP = [
  'up, down, page up, page down   select a service',
  'enter, space                   unfold its real servers, with the share of each',
  'c                              its connections (escape goes back)',
  's, r                           sort by the next column, reverse the order',
  '/                              filter as you type; several words must all match; escape clears',
  'p                              pause',
  'q                              quit',
]

/** Exactly `rows` lines. */
export function screen(state: TopState, size: ScreenSize): ScreenLine[] {
  const space = size.rows - FRAME
  const body = state.help
    ? HELP.map((text) => [styled(`  ${text}`)])
    : state.connectionsOf === undefined
      ? tableLines(state, size, space)
      : connectionLines(state.connections, space)
  const lines = [headLine(state, size), titleLine(state, size), ...body.slice(0, space)]
  while (lines.length < size.rows - 1) lines.push([])
  return [...lines, keysLine(state, size.columns)].map((line) => cut(line, size.columns))
}

/** The services whose rows are on the screen. */
export function shownServices(state: TopState, { rows }: ScreenSize): Set<string> {
  return new Set(windowOf(state, rows - FRAME).map(({ key }) => key))
}

const styled = (text: string, style: Style = 'plain'): StyledText => ({ text, style })

function headLine({ tracks, paused, filter, typing }: TopState, { columns }: ScreenSize): ScreenLine {
  let servers = 0
  let rate = 0
  for (const { destinations, service } of tracks.values()) {
    servers += destinations.length
    rate += Number(service.observed.stats.connectionRate)
  }
  const filtered = typing || filter !== '' ? `  filter: ${filter}${typing ? '_' : ''}` : ''
  const text = `ipvsadm top  ${plural(tracks.size, 'service')}, ${plural(servers, 'server')}, ${formatShort(rate)} connections/s${paused ? '  PAUSED' : ''}${filtered}`
  return [styled(text.padEnd(columns), 'title')]
}

const NAME_WIDTH = 30
const COUNTERS: readonly (readonly [keyof Stats, title: string])[] = [
  ['connectionRate', 'conn/s'],
  ['inPacketRate', 'in pkt'],
  ['outPacketRate', 'out pkt'],
  ['inByteRate', 'in B/s'],
  ['outByteRate', 'out B/s'],
]
const COUNTER_WIDTH = 8
/** The width below which a screen has only two counters and the last minute. */
const NARROW = 110
const NARROW_COUNTERS = COUNTERS.filter(([field]) => field === 'connectionRate' || field === 'inByteRate')

const countersOf = (columns: number) => (columns < NARROW ? NARROW_COUNTERS : COUNTERS)
const MINUTE_WIDTH = 60

function titleLine({ sort, reversed, connectionsOf }: TopState, { columns }: ScreenSize): ScreenLine {
  if (connectionsOf !== undefined) {
    return [styled(`${connectionsOf}: connections`.padEnd(columns), 'title')]
  }
  const counters = countersOf(columns)
    .map(([, title]) => title.padStart(COUNTER_WIDTH))
    .join('')
  const titles = `${'service'.padEnd(NAME_WIDTH)} sched ${'active'.padStart(7)} ${'inact'.padStart(7)}${counters}`
  // On a narrow screen the line of keys shows the order.
  const rest = columns < NARROW ? 'minute' : `last minute  (by ${sort}${reversed ? ', reversed' : ''})`
  return [styled(`${titles}  ${rest}`.padEnd(columns), 'title')]
}

/** The services that fit on the screen, including the selected one. */
function windowOf(state: TopState, space: number): Track[] {
  const rows = visibleTracks(state)
  const heights = rows.map((row) => 1 + (state.unfolded.has(row.key) ? row.destinations.length : 0))
  const selected = Math.max(
    0,
    rows.findIndex(({ key }) => key === state.selected),
  )
  let first = 0
  let height = 0
  for (let i = 0; i <= selected; i++) height += heights[i] ?? 0
  while (height > space && first < selected) height -= heights[first++]!
  const shown: Track[] = []
  for (let i = first, left = space; i < rows.length && left > 0; i++) {
    shown.push(rows[i]!)
    left -= heights[i]!
  }
  return shown
}

function tableLines(state: TopState, size: ScreenSize, space: number): ScreenLine[] {
  const rows = windowOf(state, space)
  const selected = state.selected ?? rows[0]?.key
  return rows.flatMap((row) => [
    serviceLine(row, size, row.key === selected),
    ...(state.unfolded.has(row.key)
      ? row.destinations.map((server) => serverLine(server, row, size.columns))
      : []),
  ])
}

function serviceLine(row: Track, { columns }: ScreenSize, selected: boolean): ScreenLine {
  const sum = (field: 'activeConnections' | 'inactiveConnections') =>
    row.destinations.reduce((total, { observed }) => total + observed[field], 0)
  const name = row.name.padEnd(NAME_WIDTH)
  const counts = [sum('activeConnections'), sum('inactiveConnections')].map((n) => formatShort(n).padStart(7))
  const text = `${name} ${row.service.config.scheduler.padEnd(5)} ${counts.join(' ')}${counters(row.service.observed.stats, columns)}  `
  const width = Math.max(0, Math.min(MINUTE_WIDTH, columns - text.length))
  const idle = row.destinations.length > 0 && row.destinations.every(({ config }) => config.weight === 0)
  return [
    styled(text, selected ? 'selected' : idle ? 'draining' : 'plain'),
    styled(sparkline(row.history, width), 'graph'),
  ]
}

function serverLine(server: Destination, { service, destinations }: Track, columns: number): ScreenLine {
  const { id, config, observed } = server
  const protocol = isFwmark(service.id) ? undefined : service.id.protocol
  const name = `  -> ${formatEndpoint(id.address, id.port, protocol, NUMBERS)}`.padEnd(NAME_WIDTH)
  const method = String(COLUMNS.forwarding.value(server)).slice(0, 5).padEnd(5)
  const counts = [observed.activeConnections, observed.inactiveConnections].map((n) =>
    formatShort(n).padStart(7),
  )
  const share = shareOf(server, destinations)
  const { weight, upperThreshold, lowerThreshold } = config
  const thresholds = upperThreshold === 0 ? '' : ` x ${upperThreshold} y ${lowerThreshold}`
  return [
    styled(
      `${name} ${method} ${counts.join(' ')}${counters(observed.stats, columns)}  `,
      serverState(server) ?? 'plain',
    ),
    styled(bar(share, 20), 'graph'),
    styled(` ${Math.round(share * 100)}% w ${weight}${thresholds}`, serverState(server) ?? 'plain'),
  ]
}

function counters(stats: Stats, columns: number): string {
  let text = ''
  for (const [field] of countersOf(columns)) text += formatShort(stats[field]).padStart(COUNTER_WIDTH)
  return text
}

function connectionLines(connections: readonly Connection[] | undefined, space: number): ScreenLine[] {
  if (connections === undefined) return [[styled('  reading …')]]
  if (connections.length === 0) return [[styled('  none')]]
  const lines = connections.slice(0, space).map((connection): ScreenLine => {
    const { protocol, state, expires, client, destination } = connection
    const from = `${client.address}:${client.port}`.padEnd(44)
    const to = `${destination.address}:${destination.port}`.padEnd(44)
    const template = isTemplate(connection) ? '  template' : ''
    return [
      styled(
        `  ${protocol.padEnd(5)} ${state.padEnd(12)} ${String(expires).padStart(6)}s  ${from} ${to}${template}`,
      ),
    ]
  })
  if (connections.length > space) lines[space - 1] = [styled(`  … ${connections.length - space + 1} more`)]
  return lines
}

function keysLine({ typing, connectionsOf, help, sort, reversed }: TopState, columns: number): ScreenLine {
  if (typing) return [styled(' type to filter   enter done   escape clear', 'title')]
  if (help || connectionsOf !== undefined) return [styled(' escape back   q quit', 'title')]
  const keys = [
    '↑↓ select',
    'enter unfold',
    'c connections',
    's sort',
    'r reverse',
    '/ filter',
    'p pause',
    '? help',
    'q quit',
  ]
  // A narrow screen does not show all keys; the help lists them.
  const shown =
    columns < NARROW
      ? [
          '↑↓ select',
          'enter unfold',
          `s sort: ${sort}${reversed ? ' ↑' : ''}`,
          '/ filter',
          '? help',
          'q quit',
        ]
      : keys
  return [styled(` ${shown.join('   ')}`, 'title')]
}

/** Truncates a line to the screen's width. */
function cut(line: ScreenLine, columns: number): ScreenLine {
  let left = columns
  if (line.reduce((length, { text }) => length + text.length, 0) <= columns) return line
  return line.map(({ text, style }) => {
    const shown = text.slice(0, left)
    left -= shown.length
    return styled(shown, style)
  })
}
