// `fleet prune`: removes old revisions of a group, and the documents that only they had.
import type { CommandOutcome } from '../commands/command-outcome.ts'
import { refuse } from '../grammar/refusals.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { System } from '../system/system.ts'
import type { Fleet } from './fleet.ts'
import type { RevisionRef } from './fleet-values.ts'
import { groupOf } from './fleet-words.ts'
import type { GroupState } from './group-state.ts'

/** Operations of a transaction: etcd takes 128 (its --max-txn-ops). */
const MOST_OPERATIONS = 100

export interface Pruning {
  /** Revisions to remove, the oldest first. */
  readonly revisions: readonly number[]
  /** The digests of documents to remove. */
  readonly documents: readonly string[]
}

/**
 * The last revisions are kept, and those that directors are to have: the pointer's, and the one before its rollout.
 * @param history the newest first
 * @param documents the digests of all documents of the group
 */
export function planPruning(
  history: readonly RevisionRef[],
  documents: readonly string[],
  { current, rollout }: Pick<GroupState, 'current' | 'rollout'>,
  keep: number,
): Pruning {
  const inUse = [current, rollout?.from].flatMap((ref) => ref ?? [])
  const revisionsInUse = new Set(inUse.map(({ revision }) => revision))
  const isKept = ({ revision }: RevisionRef, at: number) => at < keep || revisionsInUse.has(revision)
  const needed = new Set([...history.filter(isKept), ...inUse].map(({ document }) => document))
  const removed = history.filter((record, at) => !isKept(record, at)).reverse()
  return {
    revisions: removed.map(({ revision }) => revision),
    documents: documents.filter((digest) => !needed.has(digest)),
  }
}

export async function prune(args: OptionValues, fleet: Fleet, system: System): Promise<CommandOutcome> {
  const keep = numberOf(args.keep)
  const group = await groupOf(args, fleet)
  const state = await fleet.group(group)
  const history = await fleet.history(group)
  if (history.length === 0) return refuse(`${group} has no revisions yet`)
  const pruning = planPruning(history, await fleet.documents(group), state, keep)
  const { revisions, documents } = pruning
  if (revisions.length + documents.length === 0) {
    system.writeOutput(`${group}: ${counted(history.length, 'revision')}; nothing to remove\n`)
    return 'done'
  }
  const isTried = args['dry-run'] === true
  if (!isTried && !(await remove(group, pruning, state.marks.current, fleet))) {
    system.writeError(`fleet: ${group}: a revision was pushed meanwhile; prune again for the rest\n`)
    return 'refused'
  }
  const both = `${counted(revisions.length, 'revision')} and ${counted(documents.length, 'document')}`
  const kept = `${counted(history.length - revisions.length, 'revision')} kept`
  system.writeOutput(`${group}: ${both} ${isTried ? 'would be removed' : 'removed'}, ${kept}\n`)
  return isTried ? 'different' : 'done'
}

/**
 * Removes in transactions, each on the condition that the pointer is still the one that the plan was made for. A document
 * goes after the revisions that have it, so that an end in the middle leaves no revision without its document.
 * @returns whether all were done
 */
async function remove(
  group: string,
  { revisions, documents }: Pruning,
  mark: number,
  { store, keys }: Fleet,
): Promise<boolean> {
  const all = [
    ...revisions.map((revision) => keys.revision(group, revision)),
    ...documents.map((digest) => keys.document(group, digest)),
  ]
  for (let at = 0; at < all.length; at += MOST_OPERATIONS) {
    const operations = all.slice(at, at + MOST_OPERATIONS).map((key) => ({ remove: key }))
    const { done } = await store.transact([{ key: keys.current(group), modRevision: mark }], operations)
    if (!done) return false
  }
  return true
}

function numberOf(word: unknown): number {
  if (word === undefined) return refuse('prune: how many revisions are to be kept? --keep NUMBER')
  const text = String(word)
  return /^[1-9]\d{0,7}$/.test(text)
    ? Number(text)
    : refuse(`invalid number of revisions \`${text}': must be a number from 1`)
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
