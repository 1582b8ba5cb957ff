// What a restore says of a file's lines and of a failure. Data → text; prints nothing.

import type { Change } from '../model/change.ts'
import { describeErrno } from '../model/errors.ts'
import { describe } from '../output/messages.ts'
import { visible } from '../output/visible.ts'
import { formatChange } from '../rules/change-lines.ts'
import type { LocatedProblem } from '../rules/read-lines.ts'
import type { ApplyOutcome, Cause, RefusedStep } from './apply.ts'
import type { PlanStep } from './plan.ts'
import { hintOf } from './refusal-hints.ts'

/** The text of a line of the file. */
export type TextOf = (line: number) => string | undefined

const quoted = (change: Change): string => visible(formatChange(change), 300)

/** How many of the changes that are still missing are listed. */
const LISTED = 20

export function formatProblem({ line, severity, message, text }: LocatedProblem): string {
  const kind = severity === 'warning' ? 'warning: ' : ''
  return `line ${line}: ${kind}${visible(message.trimEnd())}: ${visible(text.trim())}\n`
}

/** The line, or what a change does that no line asks for. */
function place({ change, line }: PlanStep, textOf: TextOf): string {
  const text = textOf(line)
  if (text === undefined) return `not in the file, so to be removed: ${quoted(change)}`
  return `line ${line}: ${visible(text.trim())}`
}

/** What the kernel said of a change, and what that usually means. */
export function formatRefusal({ step, error }: RefusedStep, textOf: TextOf): string {
  const { request, errno, code } = error
  const hint = hintOf(error, step.change)
  return (
    `${place(step, textOf)}: ${describe(error)}\n` +
    `  the kernel said ${code} (${describeErrno(errno)}) to ${request}: ${quoted(step.change)}\n` +
    (hint === undefined ? '' : `  which usually means: ${visible(hint, 300)}\n`)
  )
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

/** Of an outcome that is not what was wanted. */
export function formatFailure(outcome: Exclude<ApplyOutcome, { kind: 'made' }>, textOf: TextOf): string {
  const cause = formatCause(outcome.cause, textOf)
  if (outcome.kind === 'undone') {
    const { undone } = outcome
    return undone === 0
      ? `${cause}nothing was changed\n`
      : `${cause}everything was put back (changes undone: ${undone}); the table has been read and is as it was before\n`
  }
  const { missing } = outcome
  const alarm = `${cause}WARNING: THE TABLE IS NOT AS IT WAS BEFORE`
  if (missing instanceof Error) return `${alarm}, OR CANNOT BE READ: ${describe(missing)}\n`
  const lines = missing.slice(0, LISTED).map(({ change }) => `  ${quoted(change)}\n`)
  const more = missing.length > LISTED ? `  and ${missing.length - LISTED} more\n` : ''
  return `${alarm}; these changes would lead back:\n${lines.join('')}${more}`
}
