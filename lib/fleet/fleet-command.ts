// `ipvsadm fleet`: one set of rules for many directors, in etcd. Errors are reported in here: it is a bundle of its own,
// whose errors the rest of the program does not know.
import { runBundle } from '../commands/bundle-errors.ts'
import type { CommandOutcome } from '../commands/command-outcome.ts'
import { refuse } from '../grammar/refusals.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { visible } from '../output/visible.ts'
import type { System } from '../system/system.ts'
import { checkActionWords } from './action-words.ts'
import { differenceOf } from './documents.ts'
import type { Fleet } from './fleet.ts'
import { ago, formatFleetStatus, readFleetStatus } from './fleet-status.ts'
import type { RevisionRecord } from './fleet-values.ts'
import { groupOf, nameOf, openFleet, recordOf } from './fleet-words.ts'
import { Follower } from './follow.ts'
import { prune } from './prune.ts'
import { push, rollback, rulesOf } from './push.ts'
import { systemTime } from './rollout-progress.ts'

type FleetAction = (args: OptionValues, fleet: Fleet, system: System) => Promise<CommandOutcome>

export async function run(
  args: OptionValues,
  system: System,
  open: (args: OptionValues, system: System) => Fleet = openFleet,
): Promise<CommandOutcome> {
  return await runBundle('fleet', args, system, async () => {
    checkActionWords(args)
    const fleet = open(args, system)
    try {
      await fleet.format()
      return await ACTIONS[args.action as keyof typeof ACTIONS](args, fleet, system)
    } finally {
      fleet.store.close()
    }
  })
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

const ACTIONS = {
  push,
  rollback,
  prune,

  async history(args, fleet, system) {
    const group = await groupOf(args, fleet)
    const wrong: string[] = []
    const records = await fleet.history(group, (problem) => wrong.push(problem))
    const kept = records.length + wrong.length
    if (kept === 0) return refuse(`${group} has no revisions yet`)
    const { current } = await fleet.group(group, (problem) => wrong.push(problem))
    if (args.json === true) system.writeOutput(json(records))
    else {
      const gone = (current?.revision ?? 0) - kept
      const lines = records.map((record) => historyLine(record, current?.revision))
      if (gone > 0) lines.push(`  no longer kept: ${gone} (fleet prune)\n`)
      system.writeOutput(lines.join(''))
    }
    system.writeError(wrong.map((problem) => `fleet: ${visible(problem, 300)}\n`).join(''))
    return wrong.length === 0 ? 'done' : 'found'
  },

  /** The document of a revision, as it was pushed. */
  async show(args, fleet, system) {
    const group = await groupOf(args, fleet)
    const { document } = await refOf(args.operand, group, fleet)
    system.writeOutput(await fleet.document(group, document))
    return 'done'
  },

  async diff(args, fleet, system) {
    const group = await groupOf(args, fleet)
    if (args.director !== undefined) return await directorDiff(args, group, fleet, system)
    const { settled } = await fleet.group(group)
    const ref = await refOf(args.operand, group, fleet)
    return await revisionDiff(group, settled?.document, ref.document, fleet, system)
  },

  async status(args, fleet, system) {
    const group = args.group === undefined ? undefined : nameOf(String(args.group), 'group')
    if (args.watch === true) return await watchStatus(group, args.json === true, fleet, system)
    const status = await readFleetStatus(fleet, group)
    system.writeOutput(args.json === true ? json(status) : formatFleetStatus(status, new Date()))
    return status.behind ? 'found' : 'done'
  },

  /** Removes a director that will not come back from the members. */
  async forget(args, fleet, system) {
    const name = nameOf(String(args.operand ?? ''), 'director')
    const { entries } = await fleet.store.get(fleet.keys.member(name))
    if (entries.length === 0) return refuse(`there is no director ${name}: see fleet status`)
    const live = await fleet.store.get(fleet.keys.director(name), { keysOnly: true })
    if (live.entries.length > 0) return refuse(`${name} is alive: stop its agent first`)
    await fleet.store.transact([], [{ remove: fleet.keys.member(name) }])
    system.writeOutput(`${name} is forgotten\n`)
    return 'done'
  },
} satisfies Readonly<Record<string, FleetAction>>

function historyLine(
  { revision, author, time, message }: RevisionRecord,
  current: number | undefined,
): string {
  const mark = revision === current ? '*' : ' '
  const when = ago(time, new Date())
  return `${mark} ${`${revision}`.padStart(4)}  ${when.padEnd(8)}  ${visible(author)}  ${visible(message, 200)}`
    .trimEnd()
    .concat('\n')
}

/** A revision that is named; without one, the current one. */
async function refOf(word: unknown, group: string, fleet: Fleet) {
  if (word !== undefined) return await recordOf(word, group, fleet)
  const { settled } = await fleet.group(group)
  return settled ?? refuse(`${group} has no revisions yet`)
}

async function revisionDiff(
  group: string,
  from: string | undefined,
  to: string,
  fleet: Fleet,
  system: System,
): Promise<CommandOutcome> {
  const rules = async (document: string) => await rulesOf(await fleet.document(group, document), system)
  const text = differenceOf(from === undefined ? undefined : await rules(from), await rules(to))
  system.writeOutput(text)
  return text === '' ? 'done' : 'different'
}

/** Characters of a line that a director has reported. */
const LONGEST_LINE = 1000

/** From a director's live table to its rules, as its agent has reported it; from its rules to another revision. */
async function directorDiff(
  args: OptionValues,
  group: string,
  fleet: Fleet,
  system: System,
): Promise<CommandOutcome> {
  const name = nameOf(String(args.director), 'director')
  const report = await fleet.report(name)
  const own = report && Object.hasOwn(report.groups, group) ? report.groups[group] : undefined
  if (report === undefined || own === undefined) return refuse(`${name} is not alive in the group ${group}`)
  if (args.operand !== undefined) {
    const ref = await refOf(args.operand, group, fleet)
    return await revisionDiff(
      group,
      own.document === '' ? undefined : own.document,
      ref.document,
      fleet,
      system,
    )
  }
  const { count, lines } = report.differences
  system.writeOutput(lines.map((line) => `${visible(line, LONGEST_LINE)}\n`).join(''))
  if (count > lines.length) system.writeOutput(`# and ${count - lines.length} more\n`)
  return count === 0 ? 'done' : 'different'
}

/** Milliseconds from a change to the printed status: changes that come together are one. */
const QUIET = 200

/** Prints the status after each change, until a signal; as JSON in one line each. */
function watchStatus(
  group: string | undefined,
  asJson: boolean,
  fleet: Fleet,
  system: System,
): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    let said = ''
    let cancel: (() => void) | undefined
    const print = async () => {
      cancel = undefined
      try {
        const status = await readFleetStatus(fleet, group)
        const text = asJson ? `${JSON.stringify(status)}\n` : formatFleetStatus(status, new Date())
        // Ages change all the time.
        const compared = text.replace(/\d+[smhd] ago|"seen":\d+/g, '')
        if (compared !== said) system.writeOutput(said === '' || asJson ? text : `\n${text}`)
        said = compared
      } catch (error) {
        end()
        reject(error)
      }
    }
    const followers = [fleet.keys.groups, fleet.keys.directors, fleet.keys.rivals].map(
      (prefix) =>
        new Follower({
          store: fleet.store,
          prefix,
          time: systemTime,
          changed: () => {
            cancel ??= systemTime.timer(QUIET, () => void print())
          },
        }),
    )
    const end = () => {
      for (const follower of followers) follower.stop()
      cancel?.()
      endSignals?.()
    }
    const endSignals = system.onInterrupt?.((signal) => {
      end()
      resolve(signal)
    })
    for (const follower of followers) follower.start()
  })
}
