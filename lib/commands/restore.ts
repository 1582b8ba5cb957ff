// Restores a rule file: reads and checks all of it, then makes the fewest changes, or none. Reading, the lock, signals
// and messages are here; the changes are made by lib/reconcile.

import type { IpvsClient } from '../ipvs/client.ts'
import { openClient } from '../ipvs/open-client.ts'
import { visible } from '../output/visible.ts'
import { extentOf, type LiveState } from '../reconcile/live-state.ts'
import type { Outcome } from '../reconcile/outcome.ts'
import { formatOutcome, formatProblem } from '../reconcile/outcome-text.ts'
import type { PlanOptions } from '../reconcile/plan.ts'
import { formatSteps } from '../reconcile/plan-lines.ts'
import { readDifferences } from '../reconcile/read-differences.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import { inScope, narrowRuleset, type Scope } from '../reconcile/scope.ts'
import { readRuleFile } from '../rules/read-file.ts'
import type { ReadRules } from '../rules/read-lines.ts'
import type { Interruption, Lock, System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export interface RestoreOptions extends PlanOptions {
  /** Prints the changes that were made. */
  readonly verbose: boolean
  /** Skips lines with errors, and continues after changes that the kernel refuses. */
  readonly keepGoing: boolean
  readonly scope?: Scope
  /** The time to wait for another restore, in seconds. */
  readonly wait: number
}

/** The name of the lock by which restores of one network namespace exclude each other. */
const LOCK = 'ipvsadm-restore'

/**
 * Makes the live table equal to the file's. Reports errors and returns the outcome. Writes no output while the lock is
 * held: an unread pipe must not delay other restores.
 * @param words the command line, shown to processes that wait for the lock
 */
export async function restoreRules(
  text: Uint8Array,
  options: RestoreOptions,
  words: readonly string[],
  system: System,
): Promise<CommandOutcome> {
  const rules = await readReported(text, system, options.keepGoing ? undefined : 'nothing was changed')
  if (rules === undefined) return 'refused'
  const wanted = narrowed(rules, options.scope, system)
  const lock = await takeLock(options.wait, words, system)
  if (lock === undefined) return 'locked'
  const outcome = await restoreLocked(wanted, options, lock, system)
  if ('made' in outcome && options.verbose) {
    for (const text of formatSteps(outcome.made)) system.writeOutput(text)
  }
  const report = formatOutcome(outcome, rules.textOf)
  if (report !== '') system.writeError(report)
  const end = endOf(outcome)
  return end === 'done' && rules.errors.length > 0 ? 'refused' : end
}

/**
 * Reads a file and reports its errors. Undefined: the file must not be used.
 * @param consequence of errors, for the message; undefined: their lines are skipped
 */
export async function readReported(
  text: string | Uint8Array,
  system: System,
  consequence: string | undefined,
): Promise<ReadRules | undefined> {
  const rules = await readRuleFile(text, {
    posix: system.env.POSIXLY_CORRECT !== undefined,
    names: system.names,
  })
  const { errors, warnings } = rules
  const problems = [...errors, ...warnings].sort((a, b) => a.line - b.line)
  if (problems.length > 0) system.writeError(problems.map(formatProblem).join(''))
  if (errors.length === 0) return rules
  const lines = errors.length === 1 ? '1 line has an error' : `${errors.length} lines have errors`
  system.writeError(`${lines}; ${consequence ?? 'left out'}\n`)
  return consequence === undefined ? rules : undefined
}

/** The part of the ruleset in the scope, if there is one; reports the lines outside. */
export function narrowed({ ruleset }: ReadRules, scope: Scope | undefined, system: System) {
  if (scope === undefined) return ruleset
  const { ruleset: inside, leftOut } = narrowRuleset(ruleset, scope)
  if (leftOut.length > 0) {
    const first = leftOut.slice(0, 5).join(', ')
    system.writeError(
      `warning: outside the scope, left out: ${leftOut.length} (line ${first}${leftOut.length > 5 ? ', …' : ''})\n`,
    )
  }
  return inside
}

/** Reads the part of the live state that the ruleset covers, and that is not as wanted. */
export function stateReader(wanted: ReadRules['ruleset'], scope: Scope | undefined) {
  return async (client: IpvsClient): Promise<LiveState> =>
    await readDifferences(client, scopedExtent(wanted, scope), wanted)
}

function scopedExtent(wanted: ReadRules['ruleset'], scope: Scope | undefined) {
  const extent = extentOf(wanted)
  return scope === undefined
    ? extent
    : { ...extent, includes: (id: Parameters<typeof inScope>[0]) => inScope(id, scope) }
}

/** Releases the lock at the end, and restores the default signal handling. */
async function restoreLocked(
  wanted: ReadRules['ruleset'],
  { keepWeights = false, keepGoing, scope }: RestoreOptions,
  lock: Lock,
  system: System,
): Promise<Outcome> {
  let signal: Interruption | undefined
  const endSignals = system.onInterrupt?.((caught) => {
    signal ??= caught
  })
  try {
    return await reconcile(wanted, {
      keepWeights,
      keepGoing,
      extent: scopedExtent(wanted, scope),
      interrupted: () => signal,
      open: () => openClient(system),
    })
  } finally {
    endSignals?.()
    lock.release()
  }
}

function endOf(outcome: Outcome): CommandOutcome {
  switch (outcome.kind) {
    case 'made':
      return outcome.refused.length > 0 ? 'failed' : 'done'
    case 'ended':
      return outcome.signal
    case 'undone':
    case 'stuck':
      return outcome.cause.kind === 'interrupted' ? outcome.cause.signal : 'failed'
    case 'contested':
    case 'unverified':
      return 'failed'
  }
}

/** The lock; undefined, after a message, when another restore holds it. */
async function takeLock(wait: number, words: readonly string[], system: System): Promise<Lock | undefined> {
  if (system.lock === undefined) return { release: () => {} }
  const outcome = await system.lock(LOCK, `process ${system.processId ?? 0}: ${words.join(' ')}`, wait)
  if ('lock' in outcome) return outcome.lock
  const holder = outcome.holder === '' ? 'unidentified' : visible(outcome.holder)
  system.writeError(`another restore is running (${holder}); waited ${wait} s; nothing was changed\n`)
  return undefined
}
