// The last minute of each service: its latest figures, its servers, and a series of samples. Pure.
import type { Connection } from '../ipvs/connection-list.ts'
import type { Destination } from '../model/destination.ts'
import { type Service, type ServiceId, serviceKey } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'
import { NUMBERS } from '../output/endpoints.ts'
import { formatServiceId } from '../rules/rule-lines.ts'

/** The number of samples kept: a minute at one a second. */
export const HISTORY = 60

export interface Track {
  readonly key: string
  /** As it is shown. */
  readonly name: string
  readonly service: Service
  /** The servers as last read, which is not every second for all services. */
  readonly destinations: readonly Destination[]
  /** Connections per second, the newest last; at most HISTORY of them. */
  readonly history: readonly number[]
}

export type Tracks = ReadonlyMap<string, Track>

/** The data of one refresh: every service, and the servers of those that are shown or due. */
export interface Sample {
  readonly services: readonly Service[]
  readonly destinations: ReadonlyMap<string, readonly Destination[]>
  /** The connections of the service whose connections are shown. */
  readonly connections: readonly Connection[]
}

/** The tracks after one more sample; removed services are dropped. */
export function track(tracks: Tracks, { services, destinations }: Omit<Sample, 'connections'>): Tracks {
  const next = new Map<string, Track>()
  for (const service of services) {
    const key = serviceKey(service.id)
    const before = tracks.get(key)
    next.set(key, {
      key,
      name: before?.name ?? formatServiceId(service.id, NUMBERS),
      service,
      destinations: destinations.get(key) ?? before?.destinations ?? [],
      history: appended(before?.history ?? [], Number(service.observed.stats.connectionRate)),
    })
  }
  return next
}

/** A history with one more sample. A single copy: of many services it would be most of a refresh's garbage. */
function appended(history: readonly number[], rate: number): readonly number[] {
  if (history.length < HISTORY) return history.concat(rate)
  const next = history.slice().copyWithin(0, 1)
  next[HISTORY - 1] = rate
  return next
}

/** The services, by their keys, that determine what is read. */
export interface Attention {
  readonly shown: ReadonlySet<string>
  /** Those that are unfolded. */
  readonly unfolded: ReadonlySet<string>
}

/** The maximum number of services of each kind whose servers one refresh reads: each is a dump. */
const TURN = { shown: 12, others: 8 } as const

/**
 * The services whose servers the next refresh reads: all on the screen that are unfolded or have not been read
 * yet; of the others on the screen, and of those that are not, the next few in turn.
 * @param known services whose servers have been read
 */
export function nextToRead(
  services: readonly ServiceId[],
  { shown, unfolded }: Attention,
  known: ReadonlySet<string>,
  turn: number,
): ServiceId[] {
  const wanted: ServiceId[] = []
  const seen: ServiceId[] = []
  const others: ServiceId[] = []
  for (const id of services) {
    const key = serviceKey(id)
    if (!shown.has(key)) others.push(id)
    else if (unfolded.has(key) || !known.has(key)) wanted.push(id)
    else seen.push(id)
  }
  return [...wanted, ...inTurn(seen, TURN.shown, turn), ...inTurn(others, TURN.others, turn)]
}

function inTurn(ids: readonly ServiceId[], count: number, turn: number): ServiceId[] {
  return Array.from({ length: Math.min(count, ids.length) }, (_, i) => ids[(turn * count + i) % ids.length]!)
}

/** The characters before `▁`, and its successors to `█`. */
const BEFORE_BARS = 0x2580
const BARS = 8
const SPACE = 0x20

/** The samples as a line of `width` bars, the newest at the right; the highest is a full bar. */
export function sparkline(history: readonly number[], width: number): string {
  const blank = Math.max(0, width - history.length)
  const first = history.length - width
  let highest = 1
  for (let i = blank; i < width; i++) highest = Math.max(highest, history[first + i]!)
  // Characters as numbers: with texts for each, the graphs would be most of a screen's garbage.
  const characters = new Array<number>(width).fill(SPACE)
  for (let i = blank; i < width; i++) {
    const value = history[first + i]!
    if (value > 0) characters[i] = BEFORE_BARS + Math.ceil((value / highest) * BARS)
  }
  return String.fromCharCode(...characters)
}

/** `share` (0 to 1) of `width` as a bar. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.max(0, Math.min(1, share)) * width)
  return '█'.repeat(full).padEnd(width, '·')
}

/** A server's share of its service's load, 0 to 1: of the rate of connections, or of the connections while the rate is 0. */
export function shareOf(destination: Destination, all: readonly Destination[]): number {
  const rate = (stats: Stats) => Number(stats.connectionRate)
  const rates = all.reduce((sum, { observed }) => sum + rate(observed.stats), 0)
  if (rates > 0) return rate(destination.observed.stats) / rates
  const load = ({ observed }: Destination) => observed.activeConnections + observed.inactiveConnections
  const loads = all.reduce((sum, other) => sum + load(other), 0)
  return loads > 0 ? load(destination) / loads : 0
}
