// Plans of rows (lib/output/row-plan.ts) as the C host takes them (native/row-plans.c).
import { rowPlan } from 'host'
import type { Piece, RowPlan } from '../../../output/row-plan.ts'
import { planField, planOfCodec } from './record-reader.ts'

/** The numbers of native/rows.c. */
const FORM = {
  literal: 0,
  endpoint: 1,
  value: 2,
  counter: 3,
  between: 4,
  when: 5,
  'same-port': 6,
  'host-netmask': 7,
  prefix: 8,
} as const

const numbers = new Map<RowPlan, number>()

/** The number of a plan, which the host keeps. */
export function planNumber(plan: RowPlan): number {
  const known = numbers.get(plan)
  if (known !== undefined) return known
  const { codec, line, prefix } = plan
  const words = (['address', 'port', 'protocol', 'fwmark'] as const).map((name) => idField(plan, name))
  const pieces = hostPieces(plan, line)
  if (prefix !== undefined) pieces.push({ form: FORM.prefix }, ...hostPieces(plan, prefix))
  const number = rowPlan(planOfCodec(codec), pieces, words[0]!, words[1]!, words[2]!, words[3]!)
  if (number < 0) throw new RangeError('a plan of rows that the host does not take')
  numbers.set(plan, number)
  return number
}

/** The field of an identity; -1 if it has none. */
function idField({ codec }: RowPlan, name: string): number {
  const { id } = codec.schema as { readonly id: object }
  return name in id ? planField(codec, 'id', name).field : -1
}

function hostPieces(plan: RowPlan, pieces: readonly Piece[]): object[] {
  return pieces.flatMap((piece) => hostPiece(plan, piece))
}

function hostPiece(plan: RowPlan, piece: Piece): object[] {
  if (typeof piece === 'string') return [{ form: FORM.literal, text: piece }]
  const form = FORM[piece.kind]
  switch (piece.kind) {
    case 'endpoint':
      return [{ form, width: piece.width }]
    case 'counter':
      return [{ form, field: counterField(plan, piece.name), skip: piece.whole ? 1 : 0 }]
    case 'when': {
      const inner = hostPieces(plan, piece.pieces)
      return [{ form, ...fieldOf(plan, piece.field), mask: piece.mask, skip: inner.length }, ...inner]
    }
    case 'host-netmask':
      return [{ form, ...fieldOf(plan, piece.field) }]
    case 'between':
      return [
        { form, ...fieldOf(plan, piece.field), mask: piece.mask ?? -1, least: piece.least, most: piece.most },
      ]
    case 'same-port': {
      const { field, form: values } = planField(plan.codec, ...piece.field)
      return [{ form, field, least: namesOf(values).indexOf(piece.unless) }]
    }
    case 'value': {
      const { field, form: values } = planField(plan.codec, ...piece.field)
      const { texts, width } = piece
      const names =
        texts && namesOf(values).flatMap((name, number) => (name in texts ? [number, texts[name]] : []))
      return [{ form, field, width, names }]
    }
  }
}

const fieldOf = (plan: RowPlan, name: readonly [string, string]) => ({
  field: planField(plan.codec, ...name).field,
})

function namesOf(form: ReturnType<typeof planField>['form']): readonly string[] {
  return typeof form === 'object' && 'names' in form ? form.names : []
}

function counterField({ codec }: RowPlan, name: string): number {
  const { form } = planField(codec, 'observed', 'stats')
  if (typeof form !== 'object' || !('nested' in form)) throw new RangeError('no counters')
  return planField(form.nested(), 'all', name).field
}
