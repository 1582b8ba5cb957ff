// The event streams of the page: one reading of the table a second for all viewers, while there are any and for a minute
// longer, so that a page that is loaded again has its minute of history. Events are made once and shared. A reader that is too
// slow misses changes, and gets everything when it has caught up.

import type { ServerResponse } from 'node:http'
import type { Observation } from '../metrics/observation.ts'
import type { FleetStatus } from '../model/fleet-state.ts'
import { formatVersion } from '../output/table-listing.ts'
import { type PageFleet, pageFleet } from './page-fleet.ts'
import { viewOf } from './page-view.ts'
import { RateHistory } from './rate-history.ts'
import { RowChanges } from './row-changes.ts'

export interface FeedOptions {
  readonly observe: () => Promise<Observation>
  /** Called at each reading while there are streams; its own bound keeps it from asking the cluster as often. */
  readonly fleet: () => Promise<FleetStatus | undefined>
  /** Whether the page may offer changes. */
  readonly admin: boolean
  /** Milliseconds between two readings. Default: 1000. */
  readonly interval?: number
  /** Streams at the same time. Default: 1000. */
  readonly most?: number
  /** Milliseconds for which it goes on without a stream. Default: a minute. */
  readonly linger?: number
}

/** Bytes that may wait for a reader before it misses changes. */
const MOST_WAITING = 1024 * 1024
/** The number of readings after which a reader that takes nothing is disconnected. */
const PATIENCE = 30

interface Stream {
  readonly response: ServerResponse
  /** Readings that it has missed; undefined: none, and it has all rows. */
  missed: number | undefined
}

export class Feed {
  readonly #options: Required<FeedOptions>
  readonly #streams = new Set<Stream>()
  #changes = new RowChanges()
  #history = new RateHistory()
  #head: object = {}
  #fleet: PageFleet = null
  /** The event with all rows, from when it is needed to the next reading: slow readers keep one, not one each. */
  #all: Buffer | undefined
  #read = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #running = false
  /** The time at which the last stream ended, if there is none. */
  #deserted = 0
  #closed = false

  constructor(options: FeedOptions) {
    this.#options = { interval: 1000, most: 1000, linger: 60_000, ...options }
  }

  get count(): number {
    return this.#streams.size
  }

  /** Whether there are as many as there may be. */
  get full(): boolean {
    return this.#streams.size >= this.#options.most
  }

  /** Takes the response of a request that is alive: its `close` ends the stream. */
  add(response: ServerResponse): void {
    // A reload of the agent has replaced this feed: the browser connects again, to the new one.
    if (this.#closed) return void response.end()
    const stream: Stream = { response, missed: 0 }
    this.#streams.add(stream)
    response.on('close', () => {
      this.#streams.delete(stream)
      this.#deserted = performance.now()
    })
    response.write('retry: 1000\n\n')
    if (this.#read) this.#sendAll([stream])
    if (!this.#running) {
      this.#running = true
      void this.#tick()
    }
  }

  /** Ends all streams, also those that come later. */
  close(): void {
    this.#closed = true
    this.#stop()
    for (const { response } of this.#streams) response.end()
  }

  #stop(): void {
    this.#running = false
    clearTimeout(this.#timer)
    // A later viewer must not see old rows.
    this.#changes = new RowChanges()
    this.#history = new RateHistory()
    this.#fleet = null
    this.#read = false
    this.#all = undefined
  }

  async #tick(): Promise<void> {
    const started = performance.now()
    if (this.#streams.size === 0 && started - this.#deserted >= this.#options.linger) return this.#stop()
    if (this.#streams.size > 0) void this.#readFleet()
    try {
      const observation = await this.#options.observe()
      if (!this.#running) return
      const { version, connectionTableSize } = observation.info
      this.#head = {
        version: formatVersion({ version }),
        connectionTableSize,
        checked: observation.health !== undefined,
        admin: this.#options.admin,
      }
      const first = !this.#read
      const view = viewOf(observation)
      this.#history.take(view)
      const changed = event('change', this.#changes.take(view, Date.now()))
      this.#read = true
      this.#all = undefined
      this.#broadcast(first ? undefined : changed)
    } catch (error) {
      if (!this.#running) return
      const message = error instanceof Error ? error.message : String(error)
      const { ready, behind } = this.#takers()
      this.#write([...ready, ...behind], event('trouble', JSON.stringify({ message })))
    }
    const rest = this.#options.interval - (performance.now() - started)
    // At least half of the time is left for other work, for any duration of a reading.
    this.#timer = setTimeout(() => void this.#tick(), Math.max(rest, this.#options.interval / 2))
  }

  /** Beside the readings of the table, which do not wait for the cluster. Never rejects. */
  async #readFleet(): Promise<void> {
    const fleet = await this.#options.fleet().then(pageFleet, (error: Error) => ({ problem: error.message }))
    const json = JSON.stringify(fleet)
    if (!this.#running || json === JSON.stringify(this.#fleet)) return
    this.#fleet = fleet
    this.#all = undefined
    // The others get it with all rows.
    this.#write(
      [...this.#streams].filter(({ missed }) => missed === undefined),
      event('fleet', json),
    )
  }

  /** Sends the change to those that have all rows, and all rows to the others. */
  #broadcast(changed: Buffer | undefined): void {
    const { ready, behind } = this.#takers()
    if (changed !== undefined) this.#write(ready, changed)
    if (behind.length > 0) this.#sendAll(behind)
  }

  /**
   * The streams whose readers take what is sent: those that have all rows, and those that do not have them, or no longer. Called
   * once a reading: the others have missed one, and after so many are disconnected.
   */
  #takers(): { readonly ready: readonly Stream[]; readonly behind: readonly Stream[] } {
    const ready: Stream[] = []
    const behind: Stream[] = []
    for (const stream of this.#streams) {
      const waiting = stream.response.writableLength
      if (stream.missed !== undefined) {
        if (waiting === 0) behind.push(stream)
        else if (++stream.missed > PATIENCE) stream.response.destroy()
      } else if (waiting > MOST_WAITING) stream.missed = 1
      else ready.push(stream)
    }
    return { ready, behind }
  }

  #sendAll(streams: readonly Stream[]): void {
    this.#all ??= this.#tableEvent()
    this.#write(streams, this.#all)
    for (const stream of streams) stream.missed = undefined
  }

  #tableEvent(): Buffer {
    const more = { head: this.#head, history: this.#history.all(), fleet: this.#fleet }
    return event('table', this.#changes.all(Date.now(), more))
  }

  #write(streams: Iterable<Stream>, bytes: Buffer): void {
    for (const { response } of streams) response.write(bytes)
  }
}

const event = (name: string, json: string) => Buffer.from(`event: ${name}\ndata: ${json}\n\n`)
