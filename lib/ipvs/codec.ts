// Encoder, decoder and comparison for any schema, driven by its rows. Independent of specific attributes.

import type { Family } from '../model/address.ts'
import { DecodeError } from '../model/errors.ts'
import {
  ATTRIBUTE_HEADER,
  type AttributeWriter,
  align,
  attributeLength,
  attributeType,
  type Received,
  walk,
} from '../netlink/attributes.ts'
import {
  type Dump,
  type DumpReader,
  dumpReader,
  groupComparison,
  groupWriter,
  type RecordReader,
  recordReader,
} from './record-reader.ts'

/** The conversion between an attribute's payload and a value. `family` is that of the record's addresses. */
export interface AttributeType<T> {
  /** The payload's exact length in bytes; 0 if it varies. */
  readonly length: number
  /** `read` as data, for a reader in another language. */
  readonly form: Form
  read(data: Received, start: number, end: number, family: Family, path: string): T
  write(writer: AttributeWriter, value: T, family: Family): void
  /** Whether this attribute can carry the value, for a field that has several attributes. */
  accepts?(value: T): boolean
}

/** The conversion of a payload to a value, as data. */
export type Form =
  | 'unsigned'
  | 'signed'
  | 'bigEndian'
  | 'counter'
  | 'text'
  | 'address'
  | 'netmask'
  /** Only `read` can convert it. */
  | 'own'
  /** Names by number; only the bits of `mask` count. */
  | { readonly names: readonly string[]; readonly mask: number; readonly otherwise: string | undefined }
  /** The relevant bits of a number. */
  | { readonly flags: number }
  | { readonly nested: () => Codec<unknown> }

/** One attribute. */
export interface Row<T> {
  readonly attribute: number
  /** Its name in linux/ip_vs.h, without the prefix. */
  readonly name: string
  readonly kind: AttributeType<T>
  /** The value of an absent attribute, which is not sent. Without a default the attribute is required. */
  readonly absent?: T
  /** Not part of the identity: the kernel's answer, or another identity, need not have it. */
  readonly optional?: boolean
  /** Skipped unless the reader wants observations. */
  readonly costly?: boolean
}

/** A field has one attribute, or several alternatives (the last one wins in a reply). */
export type Field<T> = Row<T> | readonly Row<T>[]

/** The rows of a model type: a field for each of its properties, of the property's type. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Field<T[K]> }

type ValueOf<F> = F extends Row<infer T> ? T : F extends readonly Row<infer T>[] ? T : never
type OptionalFields<G> = {
  [K in keyof G]: G[K] extends { optional: true } | readonly { optional: true }[] ? K : never
}[keyof G]

/** The values of one group of fields. */
export type ValuesOf<G> = {
  readonly [K in keyof G as K extends OptionalFields<G> ? never : K]: ValueOf<G[K]>
} & { readonly [K in keyof G as K extends OptionalFields<G> ? K : never]?: ValueOf<G[K]> }

interface Slot {
  readonly row: Row<unknown>
  /** Its name in errors, for example `DEST/ADDR`. */
  readonly path: string
  readonly group: string
  readonly field: string
}

/** A schema with the data for reading its records. */
export interface Codec<S> {
  readonly schema: S
  readonly path: string
  /** The attribute with the family of the record's addresses, if there is one. */
  readonly familyAttribute: number
  /** Created with the first record: most commands read one or two kinds of records. */
  tables?: Tables
}

interface Tables {
  readonly reader: RecordReader | undefined
  readonly dumpReader: DumpReader | undefined
  readonly groups: readonly string[]
  /** For each group an object with all fields undefined, whose copies have the same shape, for speed. */
  readonly blanks: readonly Readonly<Record<string, undefined>>[]
  /** By attribute number. */
  readonly slots: readonly (Slot | undefined)[]
  /** The fields to check after all attributes have been read. */
  readonly absences: readonly Slot[]
}

const rowsOf = (field: Field<never>): readonly Row<unknown>[] =>
  (Array.isArray(field) ? field : [field]) as readonly Row<unknown>[]

export function codec<S extends Readonly<Record<string, object>>>(
  path: string,
  schema: S,
  familyAttribute = 0,
): Codec<S> {
  return { schema, path, familyAttribute }
}

function tablesOf(codec: Codec<unknown>): Tables {
  const { path } = codec
  const schema = codec.schema as Readonly<Record<string, object>>
  const slots: Slot[] = []
  const absences: Slot[] = []
  const blanks: Record<string, undefined>[] = []
  for (const group in schema) {
    const blank: Record<string, undefined> = {}
    const fields = schema[group] as Readonly<Record<string, Field<never>>>
    for (const field in fields) {
      blank[field] = undefined
      const rows = rowsOf(fields[field]!)
      for (const row of rows) {
        const slot = { row, path: `${path}/${row.name}`, group, field }
        slots[row.attribute] = slot
        if (row === rows[rows.length - 1] && row.optional !== true) absences.push(slot)
      }
    }
    blanks.push(blank)
  }
  return {
    reader: recordReader(codec),
    dumpReader: dumpReader(codec),
    groups: Object.keys(schema),
    blanks,
    slots,
    absences,
  }
}

export type Decoded<S> = { readonly [G in keyof S]: ValuesOf<S[G]> }

/** The records of a datagram of a dump at once; undefined if its messages have to be decoded one by one. */
export function decodeDump<S>(
  codec: Codec<S>,
  datagram: Uint8Array,
  dump: Dump,
): readonly Decoded<S>[] | undefined {
  codec.tables ??= tablesOf(codec)
  return codec.tables.dumpReader?.(datagram, dump) as readonly Decoded<S>[] | undefined
}

/** Decodes the attributes between `start` and `end`. Skips unknown attributes (of newer kernels). */
export function decode<S>(
  codec: Codec<S>,
  data: Received,
  start: number,
  end: number,
  inherited: Family = 'inet',
  observe = true,
): Decoded<S> {
  codec.tables ??= tablesOf(codec)
  const { reader, groups, blanks, slots, absences } = codec.tables
  const read = reader?.(data.bytes, start, end, inherited, observe)
  if (read !== undefined) return read as Decoded<S>
  const { path, familyAttribute } = codec
  const record: Record<string, Record<string, unknown>> = {}
  for (let i = 0; i < groups.length; i++) record[groups[i]!] = { ...blanks[i] }
  const family =
    familyAttribute === 0 ? inherited : (findFamily(data, start, end, path, familyAttribute) ?? inherited)
  // Without `walk`, whose callback would be a third of a record's garbage.
  for (let at = start, length = 0; at < end; at += align(length)) {
    length = attributeLength(data, at, end, path)
    const slot = slots[attributeType(data, at)]
    if (slot === undefined || (!observe && slot.row.costly === true)) continue
    const from = at + ATTRIBUTE_HEADER
    const to = at + length
    const { kind } = slot.row
    if (kind.length !== 0 && to - from !== kind.length) {
      throw new DecodeError(slot.path, `${to - from} bytes instead of ${kind.length}`)
    }
    record[slot.group]![slot.field] = kind.read(data, from, to, family, slot.path)
  }
  // By index: an iterator would allocate most of a record's garbage.
  for (let i = 0; i < absences.length; i++) {
    const { row, path, group, field } = absences[i]!
    const fields = record[group]!
    if (fields[field] !== undefined) continue
    if (row.attribute === familyAttribute) fields[field] = inherited
    else if ('absent' in row) fields[field] = row.absent
    else throw new DecodeError(path, 'missing')
  }
  return record as Decoded<S>
}

function findFamily(
  data: Received,
  start: number,
  end: number,
  path: string,
  attribute: number,
): Family | undefined {
  let family: Family | undefined
  walk(data, start, end, path, (type, from, to) => {
    if (type === attribute && to - from === 2)
      family = data.view.getUint16(from, true) === 2 ? 'inet' : 'inet6'
  })
  return family
}

/** The attribute of a field that can carry the value. */
function rowFor(field: Field<never>, value: unknown): Row<unknown> | undefined {
  if (!Array.isArray(field)) return field as Row<unknown>
  return (field as readonly Row<unknown>[]).find(({ kind }) => kind.accepts?.(value) ?? true)
}

/** Writes the attributes of one group. */
export function encode<G extends object>(
  writer: AttributeWriter,
  group: G,
  values: ValuesOf<G>,
  family: Family,
): void {
  const write = groupWriter(group)
  if (write !== undefined && writer.append((bytes, at) => write(values, bytes, at))) return
  for (const field in group) {
    const value = (values as Record<string, unknown>)[field]
    if (value === undefined) continue
    const row = rowFor(group[field] as Field<never>, value)
    if (row === undefined || ('absent' in row && row.absent === value)) continue
    const at = writer.begin(row.attribute)
    row.kind.write(writer, value, family)
    writer.end(at)
  }
}

/** A comparison of all fields of one group, prepared once for many records; every value is a primitive. */
export function comparison<G extends object>(group: G): (a: ValuesOf<G>, b: ValuesOf<G>) => boolean {
  const fields = Object.keys(group) as (keyof ValuesOf<G>)[]
  const byFields = (a: ValuesOf<G>, b: ValuesOf<G>) => {
    // By index, and for all servers of a table: an iterator takes as long as the comparison.
    for (let i = 0; i < fields.length; i++) if (a[fields[i]!] !== b[fields[i]!]) return false
    return true
  }
  let same: typeof byFields | undefined
  return (a, b) => {
    same ??= groupComparison(group) ?? byFields
    return same(a, b)
  }
}

/** The fields of one group that differ between two records; every value is a primitive. */
export function differences<G extends object>(
  group: G,
  a: ValuesOf<G>,
  b: ValuesOf<G>,
): (keyof G & string)[] {
  const fields = Object.keys(group) as (keyof G & string)[]
  return fields.filter(
    (field) => (a as Record<string, unknown>)[field] !== (b as Record<string, unknown>)[field],
  )
}
