// What is known of each service over the last minute: its newest figures, its servers, and a line of samples.
import type { Connection } from '../ipvs/connection-list.ts'
import type { Destination } from '../model/destination.ts'
import { type Service, type ServiceId, serviceKey } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'

/** Samples kept: a minute of them at one a second. */
export const HISTORY = 60

export interface Track {
  readonly key: string
  readonly service: Service
  /** As they were when last read: not every service's servers are read every second. */
  readonly destinations: readonly Destination[]
  /** Connections per second, the newest last; at most HISTORY of them. */
  readonly history: readonly number[]
}

export type Tracks = ReadonlyMap<string, Track>

/** What a refresh reads: every service, and the servers of those that are shown or whose turn it is. */
export interface Sample {
  readonly services: readonly Service[]
  readonly destinations: ReadonlyMap<string, readonly Destination[]>
  /** Those of the service whose connections are shown. */
  readonly connections: readonly Connection[]
}

/** The tracks after one more sample; services that are gone are forgotten. */
export function track(tracks: Tracks, { services, destinations }: Omit<Sample, 'connections'>): Tracks {
  const next = new Map<string, Track>()
  for (const service of services) {
    const key = serviceKey(service.id)
    const before = tracks.get(key)
    next.set(key, {
      key,
      service,
      destinations: destinations.get(key) ?? before?.destinations ?? [],
      history: [...(before?.history ?? []), Number(service.observed.stats.connectionRate)].slice(-HISTORY),
    })
  }
  return next
}

/** How many more services' servers are read in one refresh than are shown: all have their turn within a while. */
const TURN = 40

/** Which services' servers the next refresh reads: those shown, and the next few in turn. */
export function nextToRead(
  services: readonly ServiceId[],
  shown: ReadonlySet<string>,
  turn: number,
): ServiceId[] {
  const wanted = services.filter((id) => shown.has(serviceKey(id)))
  for (let i = 0; i < Math.min(TURN, services.length); i++) {
    const id = services[(turn * TURN + i) % services.length]!
    if (!shown.has(serviceKey(id))) wanted.push(id)
  }
  return wanted
}

const BARS = '▁▂▃▄▅▆▇█'

/** The samples as a line of `width` bars, the newest at the right; the highest is a full bar. */
export function sparkline(history: readonly number[], width: number): string {
  const shown = history.slice(-width)
  const highest = Math.max(...shown, 1)
  const bars = shown.map((value) =>
    value === 0 ? ' ' : BARS[Math.ceil((value / highest) * BARS.length) - 1]!,
  )
  return bars.join('').padStart(width)
}

/** `share` (0 to 1) of `width` as a bar. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.max(0, Math.min(1, share)) * width)
  return '█'.repeat(full).padEnd(width, '·')
}

/** What of a service's load a server carries, 0 to 1: by its rate of connections, or by what it has while there is none. */
export function shareOf(destination: Destination, all: readonly Destination[]): number {
  const rate = (stats: Stats) => Number(stats.connectionRate)
  const rates = all.reduce((sum, { observed }) => sum + rate(observed.stats), 0)
  if (rates > 0) return rate(destination.observed.stats) / rates
  const load = ({ observed }: Destination) => observed.activeConnections + observed.inactiveConnections
  const loads = all.reduce((sum, other) => sum + load(other), 0)
  return loads > 0 ? load(destination) / loads : 0
}
