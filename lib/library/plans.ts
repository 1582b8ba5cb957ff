// Plans of a restore in the library's form: making, applying, undoing.
import type { CallOptions, IpvsClient } from '../ipvs/client.ts'
import type { KernelError } from '../model/errors.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { type Extent, extentOf } from '../reconcile/live-state.ts'
import { plan } from '../reconcile/plan.ts'
import { readDifferences } from '../reconcile/read-differences.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import type { Round } from '../reconcile/roll-back.ts'
import { inScope, narrowRuleset, parseScope, type Scope } from '../reconcile/scope.ts'
import { undo as inverse } from '../reconcile/undo.ts'
import { kernelChange, type LibraryChange, readableChange } from './changes.ts'
import {
  type ApplyOptions,
  type LibraryPlanStep,
  type RestoreOutcome,
  readableOutcome,
  readableStep,
} from './restore-outcome.ts'
import { kernelRuleset, type LibraryRuleset } from './rulesets.ts'

export interface LibraryPlanOptions extends CallOptions {
  /** Leaves weights of existing servers unchanged, because a health checker sets them. Default: false. */
  readonly keepWeights?: boolean
  /**
   * The part of the table to plan for, in the words of `--scope`: `192.0.2.0/24`, `tcp`, `fwmark:1-99`. Entries
   * outside are not touched, and skipped in the ruleset. Default: the whole table.
   */
  readonly scope?: readonly string[]
}

/** Plain data. */
export interface Plan {
  readonly wanted: LibraryRuleset
  readonly options: Pick<LibraryPlanOptions, 'keepWeights' | 'scope'>
  /** In the order of execution; empty if the table is as wanted. */
  readonly steps: readonly LibraryPlanStep[]
}

export interface UndoResult {
  /** The changes that were made. */
  readonly undone: readonly LibraryChange[]
  readonly refused: readonly { readonly change: LibraryChange; readonly error: KernelError }[]
}

/** Throws a RangeError for a malformed ruleset or scope. */
export async function planRestore(
  client: IpvsClient,
  wanted: LibraryRuleset,
  { keepWeights = false, scope, signal }: LibraryPlanOptions = {},
): Promise<Plan> {
  const { ruleset, extent } = task(wanted, scope)
  signal?.throwIfAborted()
  const live = await readDifferences(client, extent, ruleset)
  signal?.throwIfAborted()
  const steps = Array.from(plan(live, ruleset, { keepWeights }), readableStep)
  return { wanted, options: { keepWeights, ...(scope && { scope }) }, steps }
}

/** @param open opens a connection to the kernel, which is closed at the end: the first, and another if that fails */
export async function applyPlan(
  open: () => Promise<IpvsClient>,
  { wanted, options: { keepWeights = false, scope } }: Plan,
  { keepGoing = false, signal }: ApplyOptions = {},
): Promise<RestoreOutcome> {
  const { ruleset, extent } = task(wanted, scope)
  signal?.throwIfAborted()
  const rounds: Round[] = []
  const outcome = await reconcile(ruleset, {
    extent,
    keepWeights,
    keepGoing,
    interrupted: () => (signal?.aborted ? 'SIGINT' : undefined),
    open,
    onRound: (round) => rounds.push(round),
  })
  const lists = rounds.toReversed().flatMap(({ made, before }) => inverse(made, before))
  return readableOutcome(
    outcome,
    lists.map((list) => list.map(readableChange)),
  )
}

/** A list at a time: changes of two phases are not mixed in a datagram. */
export async function undo(
  client: IpvsClient,
  lists: readonly (readonly LibraryChange[])[],
  options?: CallOptions,
): Promise<UndoResult> {
  const undone: LibraryChange[] = []
  const refused: { change: LibraryChange; error: KernelError }[] = []
  for (const list of lists) {
    const failures = await client.applyAll(list.map(kernelChange), options)
    for (const [i, change] of list.entries()) {
      const error = failures[i]
      if (error === undefined) undone.push(change)
      else refused.push({ change, error })
    }
  }
  return { undone, refused }
}

function task(
  wanted: LibraryRuleset,
  words: readonly string[] | undefined,
): { ruleset: Ruleset; extent: Extent } {
  const whole = kernelRuleset(wanted)
  if (words === undefined) return { ruleset: whole, extent: extentOf(whole) }
  const scope = readScope(words)
  const { ruleset } = narrowRuleset(whole, scope)
  return { ruleset, extent: { ...extentOf(ruleset), includes: (id) => inScope(id, scope) } }
}

function readScope(words: readonly string[]): Scope {
  const scope = parseScope(words)
  if ('illegal' in scope) throw new RangeError(`${JSON.stringify(scope.illegal)} is no scope`)
  return scope
}
