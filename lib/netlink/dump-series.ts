// Dumps of one command that follow each other, of which a reader may hold many at once.
import type { DumpCallbacks } from './dump-exchange.ts'
import type { Transport } from './transport.ts'

export interface DumpSeries {
  readonly command: number
  readonly name: string
  readonly reader: DumpCallbacks
  /** Reads the next dumps itself, as many as it can. */
  readonly ahead?: (start: SeriesStart) => SeriesEnd
  /** The attributes of the next dump's request. Undefined: there are no more. */
  next(): Uint8Array | undefined
  /** Called at the end of each. */
  done(): void
}

export interface SeriesStart {
  readonly transport: Transport
  /** The header of a request, without its length and number. */
  readonly header: Uint8Array
  /** The number of the first request. */
  readonly sequence: number
}

export interface SeriesEnd {
  /** The number of dumps that were read. */
  readonly dumps: number
  /** Whether the request for the next one has been sent, and its answer is to be received. */
  readonly isSent: boolean
}
