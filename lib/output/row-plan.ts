// Rows of listings and of saved rules as data, for a formatter that makes text of the kernel's records without objects
// (record-rows.ts). Plans describe usual records only; the formatters of objects know all.
import type { Codec } from '../ipvs/codec.ts'
import { DESTINATION, SERVICE } from '../ipvs/schema.ts'
import { SVC_F } from '../model/flags.ts'
import type { View } from '../model/listing-format.ts'
import type { Protocol } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'
import { COLUMNS, type Column, type CounterView, type ServerView, VIEWS } from './columns.ts'

/** A field of a record: its group and its name. */
export type FieldName = readonly [group: string, name: string]

/** A part of a row. */
export type Piece =
  | string
  /** `address:port`, padded to a width. */
  | { readonly kind: 'endpoint'; readonly width: number }
  /** A value, padded to a width. With `texts`: the text for the value; a record with another one is unusual. */
  | {
      readonly kind: 'value'
      readonly field: FieldName
      readonly width?: number
      readonly texts?: Readonly<Record<string, string>>
    }
  /** A counter in its column. `whole`: never abbreviated. */
  | { readonly kind: 'counter'; readonly name: keyof Stats; readonly whole: boolean }
  /** A record is unusual unless the bits of the number, or the length of the text, are in the range, or absent. */
  | {
      readonly kind: 'between'
      readonly field: FieldName
      readonly mask?: number
      readonly least: number
      readonly most: number
    }
  /** Pieces that are written if a bit of the mask is set. */
  | {
      readonly kind: 'when'
      readonly field: FieldName
      readonly mask: number
      readonly pieces: readonly Piece[]
    }
  /** A service is unusual unless its netmask is that of a host. */
  | { readonly kind: 'host-netmask'; readonly field: FieldName }
  /** A real server is unusual unless it has the service's port, or the field has this value. */
  | { readonly kind: 'same-port'; readonly field: FieldName; readonly unless: string }

export interface RowPlan {
  /** The schema of the records. */
  readonly codec: Codec<unknown>
  readonly line: readonly Piece[]
  /** Of a service: the beginning of the lines of its real servers. */
  readonly prefix?: readonly Piece[]
}

/** The rows of services, and those of their real servers. */
export interface TablePlan {
  readonly services: RowPlan
  readonly servers: RowPlan
}

export const serviceRow = (line: readonly Piece[], prefix: readonly Piece[] = []): RowPlan => ({
  codec: SERVICE as Codec<unknown>,
  line,
  prefix,
})

export const serverRow = (line: readonly Piece[]): RowPlan => ({ codec: DESTINATION as Codec<unknown>, line })

export const protocolPiece = (texts: Readonly<Record<Protocol, string>>): Piece => ({
  kind: 'value',
  field: ['id', 'protocol'],
  texts,
})

export const SCHEDULER_PIECE: Piece = { kind: 'value', field: ['config', 'scheduler'] }

/** Settings of a persistent service besides its timeout are unusual, and so are other flags. */
export const persistence = (...pieces: readonly Piece[]): readonly Piece[] => [
  { kind: 'between', field: ['config', 'flags'], mask: ~SVC_F.PERSISTENT, least: 0, most: 0 },
  { kind: 'between', field: ['config', 'engine'], least: 0, most: 0 },
  {
    kind: 'when',
    field: ['config', 'flags'],
    mask: SVC_F.PERSISTENT,
    pieces: [...pieces, { kind: 'host-netmask', field: ['config', 'netmask'] }],
  },
]

export const TIMEOUT_PIECE: Piece = { kind: 'value', field: ['config', 'timeout'] }

const PROTOCOLS = protocolPiece({ tcp: 'TCP  ', udp: 'UDP  ', sctp: 'SCTP ' })

/** @param width of an address with its port. Undefined: the view has a column that is not a field of the record. */
export function listingPlan(view: View, exact: boolean, width: number): TablePlan | undefined {
  const columns = VIEWS[view]
  if ('counters' in columns) {
    const counted = (whole: readonly (keyof Stats)[] | undefined): readonly Piece[] => [
      { kind: 'endpoint', width },
      ...counterPieces(columns, exact, whole),
      '\n',
    ]
    return {
      services: serviceRow([PROTOCOLS, ...counted([])]),
      servers: serverRow(['  -> ', ...counted(columns.wholeOnServers)]),
    }
  }
  const values = columnPieces(columns)
  if (values === undefined) return undefined
  const service: readonly Piece[] = [PROTOCOLS, { kind: 'endpoint', width: 0 }, ' ', SCHEDULER_PIECE]
  return {
    services: serviceRow([...service, ...persistence(' persistent ', TIMEOUT_PIECE), '\n']),
    servers: serverRow(['  -> ', { kind: 'endpoint', width }, ...values, '\n']),
  }
}

function counterPieces(
  { counters }: CounterView,
  exact: boolean,
  whole: readonly (keyof Stats)[] = [],
): Piece[] {
  return counters.map(([name]) => ({ kind: 'counter', name, whole: exact || whole.includes(name) }))
}

function columnPieces({ columns }: ServerView): Piece[] | undefined {
  const pieces: Piece[] = []
  for (const [name, width] of columns) {
    const { field, texts }: Column = COLUMNS[name]
    if (field === undefined) return undefined
    pieces.push(' ', { kind: 'value', field, width, ...(texts === undefined ? {} : { texts }) })
  }
  return pieces
}
