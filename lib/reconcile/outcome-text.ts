// Messages about the lines of a file and the outcome of a restore. Data → text; prints nothing.

import type { Change } from '../model/change.ts'
import { describeErrno } from '../model/errors.ts'
import { describe } from '../output/messages.ts'
import { quotedLine, visible } from '../output/visible.ts'
import { formatChange } from '../rules/change-lines.ts'
import type { LocatedProblem } from '../rules/read-lines.ts'
import type { Cause, Outcome, RefusedStep } from './outcome.ts'
import { hintOf } from './refusal-hints.ts'
import type { PlanStep, Steps } from './step-list.ts'

/** The text of a line of the file. */
type TextOf = (line: number) => string | undefined

const quoted = (change: Change): string => visible(formatChange(change), 300)

/** The maximum number of changes in a message. */
const LISTED = 20

export function formatProblem({ line, severity, message, text }: LocatedProblem): string {
  const kind = severity === 'warning' ? 'warning: ' : ''
  return `line ${line}: ${kind}${visible(message.trimEnd())}: ${quotedLine(text)}\n`
}

/** The line, or the change if it has no line. */
function place({ change, line }: PlanStep, textOf: TextOf): string {
  const text = textOf(line)
  if (text === undefined) return `not in the file; removing: ${quoted(change)}`
  return `line ${line}: ${quotedLine(text)}`
}

function formatRefusal(refused: RefusedStep, textOf: TextOf): string {
  const { step, error } = refused
  const { request, errno, code } = error
  return (
    `${place(step, textOf)}: ${describe(error)}\n` +
    `  the kernel refused ${request} with ${code} (${describeErrno(errno)}): ${quoted(step.change)}\n` +
    formatReason(refused)
  )
}

function formatReason(refused: RefusedStep): string {
  const { because } = refused
  if (because !== undefined) return `  because line ${because.line}, which adds the service, was refused\n`
  const hint = hintOf(refused)
  return hint === undefined ? '' : `  usual reason: ${visible(hint, 300)}\n`
}

function formatCause(cause: Cause, textOf: TextOf): string {
  switch (cause.kind) {
    case 'refused':
      return formatRefusal(cause.refusal, textOf)
    case 'interrupted':
      return `interrupted by ${cause.signal}\n`
    case 'broken':
      return `${place(cause.step, textOf)}: ${describe(cause.error)}\n`
  }
}

/** Empty if the table is as wanted. */
export function formatOutcome(outcome: Outcome, textOf: TextOf): string {
  const refusals =
    'refused' in outcome ? outcome.refused.map((refused) => formatRefusal(refused, textOf)) : []
  return refusals.join('') + formatEnd(outcome, textOf)
}

function formatEnd(outcome: Outcome, textOf: TextOf): string {
  switch (outcome.kind) {
    case 'made':
      return ''
    case 'ended': {
      const { signal, made, left } = outcome
      return `interrupted by ${signal}; ${counted(made.length)} made, which stay; ${left} not made\n`
    }
    case 'unverified':
      return `WARNING: ${counted(outcome.made.length)} made, but the table could not be read to verify it: ${describe(outcome.error)}\n`
    case 'undone':
      return formatCause(outcome.cause, textOf) + formatUndone(outcome.undone, outcome.theirs)
    case 'stuck':
      return formatCause(outcome.cause, textOf) + formatMissing(outcome.missing)
    case 'contested':
      return `another program keeps changing the table; changes that would make it equal to the file:\n${list(outcome.missing)}`
  }
}

function formatUndone(undone: number, theirs: Steps): string {
  if (undone === 0) return 'nothing was changed\n'
  const done = `rolled back ${counted(undone)}; verified: `
  if (theirs.length === 0) return `${done}the table is unchanged\n`
  return `${done}all touched entries are unchanged; another program has changed the table meanwhile; changes that would undo that:\n${list(theirs)}`
}

function formatMissing(missing: Steps | Error): string {
  const alarm = 'WARNING: THE ROLLBACK IS INCOMPLETE'
  if (missing instanceof Error) return `${alarm} OR CANNOT BE VERIFIED: ${describe(missing)}\n`
  return `${alarm}; changes that would complete it:\n${list(missing)}`
}

const counted = (count: number) => (count === 1 ? '1 change' : `${count} changes`)

function list(steps: Steps): string {
  let text = ''
  let listed = 0
  for (const { change } of steps) {
    if (listed === LISTED) return `${text}  and ${steps.length - LISTED} more\n`
    text += `  ${quoted(change)}\n`
    listed++
  }
  return text
}
