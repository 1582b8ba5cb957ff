// A rule file → the live table: reads and checks all of it, then makes the fewest changes, or none.

import { openClient } from '../ipvs/open-client.ts'
import { visible } from '../output/visible.ts'
import { type ApplyOutcome, apply } from '../reconcile/apply.ts'
import { extentOf, type LiveState, readLiveState } from '../reconcile/live-state.ts'
import { formatFailure, formatProblem, formatRefusal } from '../reconcile/outcome-text.ts'
import { type PlanOptions, plan } from '../reconcile/plan.ts'
import { formatSteps } from '../reconcile/plan-lines.ts'
import { narrowRuleset, narrowState, type Scope } from '../reconcile/scope.ts'
import { readRuleFile } from '../rules/read-file.ts'
import type { ReadRules } from '../rules/read-lines.ts'
import type { Interruption, Lock, System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export interface RestoreOptions extends PlanOptions {
  /** Prints the changes that were made. */
  readonly verbose: boolean
  /** Does what is right in a file with errors, and goes on after what the kernel refuses. */
  readonly keepGoing: boolean
  readonly scope?: Scope
  /** How long to wait for another restore, in seconds. */
  readonly wait: number
}

/** The name of the lock by which restores of one network namespace exclude each other. */
const LOCK = 'ipvsadm-restore'

/**
 * Moves the live table to what the file asks for. Reports what goes wrong and gives the outcome.
 * @param words the command line, for those who have to wait meanwhile
 */
export async function restoreRules(
  text: string,
  options: RestoreOptions,
  words: readonly string[],
  system: System,
): Promise<CommandOutcome> {
  const rules = await readReported(text, system, options.keepGoing ? undefined : 'nothing was changed')
  if (rules === undefined) return 'refused'
  const lock = await takeLock(options.wait, words, system)
  if (lock === undefined) return 'locked'
  const guard = new InterruptGuard(system)
  try {
    const outcome = await restoreLocked(rules, options, guard, system)
    return outcome === 'done' && rules.errors.length > 0 ? 'refused' : outcome
  } finally {
    guard.end()
    lock.release()
  }
}

/**
 * Reads a file, says all that is wrong with it, and gives it if it may be used.
 * @param consequence of errors; undefined: their lines are left out
 */
export async function readReported(
  text: string,
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

async function restoreLocked(
  rules: ReadRules,
  options: RestoreOptions,
  guard: InterruptGuard,
  system: System,
): Promise<CommandOutcome> {
  const wanted = narrowed(rules, options.scope, system)
  const read = stateReader(wanted, options.scope)
  const client = await openClient(system)
  let outcome: ApplyOutcome
  try {
    const before = await read(client)
    const steps = plan(before, wanted, options)
    outcome = await apply(steps, client, {
      before,
      read,
      keepGoing: options.keepGoing,
      interrupted: () => guard.signal,
      reopen: () => openClient(system),
    })
    if (outcome.kind === 'made' && options.verbose) {
      const refused = new Set(outcome.refused.map(({ step }) => step))
      for (const text of formatSteps(steps.filter((step) => !refused.has(step)))) system.writeOutput(text)
    }
  } finally {
    client.close()
  }
  if (outcome.kind === 'made') {
    for (const refusal of outcome.refused) system.writeError(formatRefusal(refusal, rules.textOf))
    return outcome.refused.length > 0 ? 'failed' : 'done'
  }
  system.writeError(formatFailure(outcome, rules.textOf))
  return outcome.cause.kind === 'interrupted' ? outcome.cause.signal : 'failed'
}

/** What of the ruleset is in the scope, if there is one; says what is not. */
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

/** Reads what of the live state the ruleset is about. */
export function stateReader(wanted: ReadRules['ruleset'], scope: Scope | undefined) {
  return async (client: Parameters<typeof readLiveState>[0]): Promise<LiveState> => {
    const state = await readLiveState(client, extentOf(wanted))
    return scope === undefined ? state : narrowState(state, scope)
  }
}

/** Undefined, and said so, when another one keeps it. */
async function takeLock(wait: number, words: readonly string[], system: System): Promise<Lock | undefined> {
  if (system.lock === undefined) return { release: () => {} }
  const outcome = await system.lock(LOCK, `process ${system.processId ?? 0}: ${words.join(' ')}`, wait)
  if ('lock' in outcome) return outcome.lock
  const holder = outcome.holder === '' ? 'it does not say who it is' : visible(outcome.holder)
  system.writeError(`another restore is running (${holder}); waited ${wait} s; nothing was changed\n`)
  return undefined
}

/** Hears a signal that asks to end, for as long as a table may be half way. */
class InterruptGuard {
  #signal: Interruption | undefined
  readonly end: () => void

  constructor(system: System) {
    const listen = (signal: Interruption) => {
      this.#signal ??= signal
    }
    this.end = system.onInterrupt?.(listen) ?? (() => {})
  }

  get signal(): Interruption | undefined {
    return this.#signal
  }
}
