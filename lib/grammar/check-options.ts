// The legality of the given options together, by the command table or a table of the same form.
import { type CommandRow, exclude } from './command-rows.ts'
import { OPTIONS, type OptionId } from './option-rows.ts'
import { refuse } from './refusals.ts'

/** The ids in the table's order; needed only for a message. */
const optionOrder = () => [...new Set(OPTIONS.map(({ id }) => id))]

/** A quick check for the usual case, which does not visit every option of the table. */
function isLegal(options: CommandRow['options'], given: readonly OptionId[]): boolean {
  for (const id of given) if (options[id] === undefined || options[id] === 'exclusive') return false
  for (const id in options)
    if (options[id as OptionId] === 'required' && !given.includes(id as OptionId)) return false
  return true
}

/** Checks the given options against the legal ones, in the option table's order. `whose` ends the messages. */
export function checkOptions(
  legal: Pick<CommandRow, 'options' | 'together'>,
  given: readonly OptionId[],
  whose: string,
  ids?: readonly OptionId[],
): void {
  if (ids === undefined && isLegal(legal.options, given)) return
  const before: OptionId[] = []
  for (const id of ids ?? optionOrder()) {
    const legality = legal.options[id]
    if (!given.includes(id)) {
      if (legality === 'required') refuse(`You need to supply the '${id}' option for the ${whose}`)
      continue
    }
    if (legality === undefined) refuse(`Illegal '${id}' option with the ${whose}`)
    const other = before.find((other) => exclude(legal, other, id))
    if (other !== undefined) refuse(`The option '${id}' conflicts with the '${other}' option in the ${whose}`)
    before.push(id)
  }
}
