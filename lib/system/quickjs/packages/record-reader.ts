// The build puts this in the place of lib/ipvs/record-reader.ts.
import { readRecord, readRecords, recordPlan, sameRecord, writeRecord } from 'host'
import type { AttributeType, Codec, Field, Row } from '../../../ipvs/codec.ts'
import type { DumpReader, GroupComparison, GroupWriter, RecordReader } from '../../../ipvs/record-reader.ts'
import { AF } from '../../../ipvs/uapi.ts'

/** The numbers of native/records.h. */
const FORM = {
  unsigned: 1,
  signed: 2,
  bigEndian: 3,
  counter: 4,
  text: 5,
  name: 6,
  address: 7,
  netmask: 8,
  flags: 9,
  nested: 10,
  /** Unknown to C: the program reads the whole record. */
  own: 11,
} as const

export function recordReader(codec: object): RecordReader | undefined {
  const plan = planOfCodec(codec as Codec<unknown>)
  if (plan < 0) return undefined
  return (bytes, start, end, inherited, observe) =>
    readRecord(plan, bytes, start, end, AF[FAMILY[inherited]], observe)
}

export function dumpReader(codec: object): DumpReader | undefined {
  const plan = planOfCodec(codec as Codec<unknown>)
  if (plan < 0) return undefined
  return (bytes, { sequence, port, attribute, inherited, observe }) =>
    readRecords(plan, bytes, sequence, port, attribute, AF[FAMILY[inherited]], observe)
}

const FAMILY = { inet: 'INET', inet6: 'INET6' } as const

/** Both readers of a codec have one plan. */
const plans = new Map<object, number>()

/** The number of the plan of a codec; negative if it has none. */
export function planOfCodec(codec: Codec<unknown>): number {
  const plan = plans.get(codec) ?? planOf(codec)
  plans.set(codec, plan)
  return plan
}

const groupPlans = new Map<object, number>()

/** The number of the plan of one group; negative if it has none. */
function planOfGroup(group: object): number {
  const plan = groupPlans.get(group) ?? planOf({ schema: { group }, path: '', familyAttribute: 0 })
  groupPlans.set(group, plan)
  return plan
}

const writers = new Map<object, GroupWriter | undefined>()

export function groupWriter(group: object): GroupWriter | undefined {
  const known = writers.get(group)
  if (known !== undefined || writers.has(group)) return known
  const plan = planOfGroup(group)
  const writer: GroupWriter | undefined =
    plan < 0 ? undefined : (values, bytes, at) => writeRecord(plan, values, bytes, at)
  writers.set(group, writer)
  return writer
}

export function groupComparison(group: object): GroupComparison | undefined {
  const plan = planOfGroup(group)
  return plan < 0 ? undefined : (a, b) => sameRecord(plan, a, b)
}

type Groups = readonly (readonly [string, Readonly<Record<string, Field<never>>>])[]

function groupsOf(schema: unknown): Groups {
  return Object.entries(schema as Readonly<Record<string, Readonly<Record<string, Field<never>>>>>)
}

/** The number of a field in the plan of a codec, and the form of its values. */
export function planField(codec: Codec<unknown>, group: string, name: string) {
  let at = 0
  for (const [own, fields] of groupsOf(codec.schema)) {
    const names = Object.keys(fields)
    const place = own === group ? names.indexOf(name) : -1
    if (place >= 0) {
      const field = fields[name]!
      const row = (Array.isArray(field) ? field.at(-1) : field) as Row<unknown>
      return { field: at + place, form: row.kind.form }
    }
    at += names.length
  }
  throw new RangeError(`no field ${group}.${name}`)
}

function planOf({ schema, familyAttribute }: Codec<unknown>): number {
  const groups = groupsOf(schema)
  const fields: object[] = []
  const rows: object[] = []
  for (const [group, [, own]] of groups.entries()) {
    for (const [name, field] of Object.entries(own)) {
      const all = (Array.isArray(field) ? field : [field]) as readonly Row<unknown>[]
      const last = all[all.length - 1]!
      rows.push(...all.map((row) => rowOf(row, fields.length)))
      fields.push({
        name,
        group,
        required: last.optional !== true,
        isFamily: last.attribute === familyAttribute,
        hasAbsent: 'absent' in last,
        absent: last.absent,
      })
    }
  }
  return recordPlan(
    groups.map(([group]) => group),
    fields,
    rows,
    familyAttribute,
  )
}

function rowOf({ attribute, kind, costly }: Row<unknown>, field: number) {
  const { length } = kind
  return { attribute, field, length, costly: costly === true, ...formOf(kind) }
}

function formOf({ form }: AttributeType<unknown>) {
  if (typeof form === 'string') return { form: FORM[form] }
  if ('nested' in form) return { form: FORM.nested, argument: () => planOf(form.nested()) }
  if ('names' in form) {
    return { form: FORM.name, argument: form.names, mask: form.mask, otherwise: form.otherwise }
  }
  return { form: FORM.flags, mask: form.flags }
}
