// Makes a plan's changes, many in a datagram; takes them back when one fails or the user interrupts, and proves by
// reading that the state is the one from before.

import type { IpvsClient } from '../ipvs/client.ts'
import type { Change } from '../model/change.ts'
import type { KernelError } from '../model/errors.ts'
import type { Interruption } from '../system/system.ts'
import { type LiveState, rulesetOf } from './live-state.ts'
import { type PlanStep, plan } from './plan.ts'
import { undo } from './undo.ts'

/** Changes that are sent before their outcome is looked at: one datagram's. */
const PORTION = 128

/** How the kernel answered a step that it refused. */
export interface RefusedStep {
  readonly step: PlanStep
  readonly error: KernelError
}

/** Why a plan was given up. */
export type Cause =
  | { readonly kind: 'refused'; readonly refusal: RefusedStep }
  | { readonly kind: 'interrupted'; readonly signal: Interruption }
  /** The conversation with the kernel broke: nobody knows what had been done of the step's portion. */
  | { readonly kind: 'broken'; readonly error: Error; readonly step: PlanStep }

export type ApplyOutcome =
  /** All was made, but for what was refused (only with `keepGoing`). */
  | { readonly kind: 'made'; readonly refused: readonly RefusedStep[] }
  | { readonly kind: 'undone'; readonly cause: Cause; readonly undone: number }
  /** `missing`: the changes that would still lead back; or why that is not known. */
  | { readonly kind: 'stuck'; readonly cause: Cause; readonly missing: readonly PlanStep[] | Error }

export interface ApplyOptions {
  readonly before: LiveState
  /** Reads as much of the state as `before` is. */
  readonly read: (client: IpvsClient) => Promise<LiveState>
  /** Goes on after what the kernel refuses, as the original does, and takes nothing back. */
  readonly keepGoing?: boolean
  /** The signal that asks to stop, when there has been one. */
  readonly interrupted?: () => Interruption | undefined
  /** Another conversation with the kernel, when the first one broke. */
  readonly reopen: () => Promise<IpvsClient>
}

export async function apply(
  steps: readonly PlanStep[],
  client: IpvsClient,
  options: ApplyOptions,
): Promise<ApplyOutcome> {
  const { keepGoing = false, interrupted = () => undefined } = options
  const refused: RefusedStep[] = []
  const made: Change[] = []
  for (let at = 0; at < steps.length; at += PORTION) {
    const signal = interrupted()
    if (signal !== undefined) return await takeBack(made, { kind: 'interrupted', signal }, client, options)
    const portion = steps.slice(at, at + PORTION)
    let failures: readonly (KernelError | undefined)[]
    try {
      failures = await client.applyAll(portion.map(({ change }) => change))
    } catch (error) {
      const cause: Cause = { kind: 'broken', error: error as Error, step: portion[0]! }
      return await comeBack(cause, options)
    }
    for (const [i, step] of portion.entries()) {
      const error = failures[i]
      if (error === undefined) made.push(step.change)
      else refused.push({ step, error })
    }
    if (refused.length > 0 && !keepGoing) {
      return await takeBack(made, { kind: 'refused', refusal: refused[0]! }, client, options)
    }
    // A signal is only heard when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const signal = keepGoing ? undefined : interrupted()
  if (signal !== undefined) return await takeBack(made, { kind: 'interrupted', signal }, client, options)
  return { kind: 'made', refused }
}

/** Undoes change by change, then looks. */
async function takeBack(
  made: readonly Change[],
  cause: Cause,
  client: IpvsClient,
  options: ApplyOptions,
): Promise<ApplyOutcome> {
  const { before, read } = options
  try {
    const failures = await client.applyAll(undo(made, before))
    if (failures.some((failure) => failure !== undefined)) return await comeBack(cause, options, made.length)
    const missing = plan(await read(client), rulesetOf(before))
    if (missing.length === 0) return { kind: 'undone', cause, undone: made.length }
    return { kind: 'stuck', cause, missing }
  } catch {
    return await comeBack(cause, options, made.length)
  }
}

/**
 * When it is not known what has been done, or undoing failed: reads the state and plans the way back from there.
 * @param made how many changes had been made, if that is known
 */
async function comeBack(
  cause: Cause,
  { before, read, reopen }: ApplyOptions,
  made?: number,
): Promise<ApplyOutcome> {
  let client: IpvsClient | undefined
  try {
    client = await reopen()
    const wanted = rulesetOf(before)
    const back = plan(await read(client), wanted)
    await client.applyAll(back.map(({ change }) => change))
    const missing = plan(await read(client), wanted)
    if (missing.length > 0) return { kind: 'stuck', cause, missing }
    return { kind: 'undone', cause, undone: made ?? back.length }
  } catch (error) {
    return { kind: 'stuck', cause, missing: error as Error }
  } finally {
    client?.close()
  }
}
