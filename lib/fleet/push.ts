// `fleet push` and `fleet rollback`: commit a revision, and follow its rollout.

import { userInfo } from 'node:os'
import type { CommandOutcome } from '../commands/command-outcome.ts'
import { readText } from '../commands/file-options.ts'
import { readReported } from '../commands/restore.ts'
import { refuse } from '../grammar/refusals.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { visible } from '../output/visible.ts'
import { readRuleFile } from '../rules/read-file.ts'
import type { System } from '../system/system.ts'
import { differenceOf, digestOf, MOST_DOCUMENT_BYTES } from './documents.ts'
import type { Commit, CommitResult, Fleet } from './fleet.ts'
import type { RevisionRecord, RevisionRef, Rollout } from './fleet-values.ts'
import { groupOf, nameOf, type RolloutWords, recordOf, rolloutOf } from './fleet-words.ts'
import type { GroupState } from './group-state.ts'
import { watchRollout } from './rollout-progress.ts'
import { StoreError } from './store.ts'
import { wavesOf } from './target.ts'

export async function push(args: OptionValues, fleet: Fleet, system: System): Promise<CommandOutcome> {
  if (args.group === undefined) return refuse('push: which group? --group NAME')
  const group = nameOf(String(args.group), 'group')
  const text = readText(String(args.operand), system)
  const size = Buffer.byteLength(text)
  if (size > MOST_DOCUMENT_BYTES) {
    return refuse(
      `the file has ${size} bytes; etcd takes ${MOST_DOCUMENT_BYTES} at most: divide the rules among groups`,
    )
  }
  const rules = await readReported(text, system, 'nothing was pushed')
  if (rules === undefined) return 'refused'
  if (rules.ruleset.services.size === 0) return refuse('there are no services in the file')
  return await commit({ group, text, rules: rules.ruleset }, args, fleet, system)
}

export async function rollback(args: OptionValues, fleet: Fleet, system: System): Promise<CommandOutcome> {
  const group = await groupOf(args, fleet)
  const { revision, document } = await recordOf(args.operand, group, fleet)
  const text = await fleet.document(group, document)
  const rules = await rulesOf(text, system)
  return await commit({ group, text, rules, restores: revision }, args, fleet, system)
}

/** The rules of a document that has been checked before it was committed. */
export async function rulesOf(text: string, system: System): Promise<Ruleset> {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  return (await readRuleFile(text, { posix, names: system.names })).ruleset
}

interface RevisionDraft {
  readonly group: string
  readonly text: string
  readonly rules: Ruleset
  readonly restores?: number
}

async function commit(
  wanted: RevisionDraft,
  args: OptionValues,
  fleet: Fleet,
  system: System,
): Promise<CommandOutcome> {
  const { group, text, rules, restores } = wanted
  const waves = rolloutOf(args)
  await fleet.format()
  const state = await fleet.group(group)
  const { settled, rollout } = state
  const running = rollout?.state === 'running'
  if (settled?.document === digestOf(text) && !running) {
    system.writeOutput(`${group}: revision ${settled.revision} has these rules already; nothing was pushed\n`)
    return 'done'
  }
  const plan = waves && (await planRollout(group, waves, state, fleet))
  const old = settled && (await rulesOf(await fleet.document(group, settled.document), system))
  system.writeOutput(differenceOf(old, rules))
  if (args['dry-run'] === true) return 'different'
  if (running) {
    system.writeError(
      `fleet: the rollout of revision ${rollout.revision} ends; this revision takes its place\n`,
    )
  }
  const result = await committed(
    {
      group,
      text,
      base: state.marks.current,
      record: {
        author: String(args.author ?? authorOf(system)),
        time: new Date().toISOString(),
        message: String(args.message ?? (restores === undefined ? '' : `rollback to revision ${restores}`)),
        id: crypto.randomUUID(),
        ...(restores !== undefined && { restores }),
      },
      ...(plan !== undefined && { rollout: plan }),
    },
    fleet,
  )
  if (result.kind === 'lost') {
    system.writeError(
      `fleet: ${lostText(group, result.to)}; nothing was pushed: look at fleet diff, and push again\n`,
    )
    return 'refused'
  }
  const { revision } = result.record
  system.writeOutput(
    `${group}: revision ${revision} ${plan === undefined ? 'is pushed' : 'is being rolled out'}\n`,
  )
  if (plan === undefined || args.detach === true) return 'done'
  return await watchRollout(group, revision, fleet, system)
}

async function committed(commit: Commit, fleet: Fleet): Promise<CommitResult> {
  try {
    return await fleet.commit(commit)
  } catch (error) {
    if (!(error instanceof StoreError) || error.failure !== 'unavailable') throw error
    throw new StoreError('unavailable', `${error.message}; fleet history shows whether it was committed`)
  }
}

function lostText(group: string, to: RevisionRecord | undefined): string {
  if (to === undefined) return `${group}: somebody else was faster`
  const message = to.message === '' ? '' : `: ${visible(to.message)}`
  return `${group}: somebody else was faster with revision ${to.revision} (${visible(to.author)}${message})`
}

/** The rollout over the directors of the group that are alive. */
async function planRollout(
  group: string,
  { sizes, wait, patience }: RolloutWords,
  { settled }: GroupState,
  fleet: Fleet,
): Promise<(revision: number, from: RevisionRef) => Rollout> {
  if (settled === undefined)
    return refuse(
      'the first revision of a group has nothing to go back to: push it without --canary and --batch',
    )
  const directors = [...(await fleet.directors()).values()].filter(({ report }) =>
    Object.hasOwn(report.groups, group),
  )
  const names = directors.map(({ report }) => report.name)
  if (names.length === 0) return refuse(`${group} has no directors yet: push without --canary and --batch`)
  const waves = wavesOf(names, sizes)
  const down = Object.fromEntries(directors.map(({ report }) => [report.name, report.down]))
  return (revision, from) => ({ revision, from, waves, wave: 0, state: 'running', wait, patience, down })
}

/** The user who works, also behind sudo. */
function authorOf({ env }: System): string {
  const named = env.SUDO_USER ?? env.USER ?? env.LOGNAME
  if (named !== undefined) return named
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}
