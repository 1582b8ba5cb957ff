// Plays a scenario with both programs, each in its own namespace, and reports the differences: after each command, and at the
// end in the tables, each program reading what the other wrote.
//
// One after the other, never both at once: the kernel counts its place in a dump over the services of all namespaces
// (net/netfilter/ipvs/ip_vs_ctl.c), so that a change in one makes a dump in another miss or repeat some.
import type { Launcher } from '../../support/launchers.ts'
import { type Arena, SIDES } from './arena.ts'
import { compare } from './compare.ts'
import { isCompared, needsProcess, type Outcome, type Scenario, type Step } from './step.ts'

export interface Result {
  readonly differences: readonly string[]
  /** The rows of the allowed table that were needed. */
  readonly allowed: ReadonlySet<string>
  /** The number of commands that both programs were given. */
  readonly compared: number
  readonly reference: readonly Outcome[]
  /** Whether the two tables were different at the end. */
  readonly tablesDiffer: boolean
}

export interface PlayOptions {
  /** Ours as processes that this runs; by default in-process, or the standalone binary, which starts sooner. */
  readonly launcher?: Launcher
  /** Outcomes of the reference that are known already; it is not asked again, and the tables are not compared. */
  readonly known?: readonly Outcome[]
  /** The tables may differ at the end. */
  readonly apart?: boolean
}

/** A table without the order that depends on the namespace's hashing. */
const LISTINGS = [
  '-Sn',
  '-Ln --thresholds',
  '-Ln --tun-info',
  '-Ln --persistent-conn',
  '-Ln --stats',
  '-L --timeout',
  '-L --daemon',
]
/** The kernel's own order is the same for both programs only in the same namespace. */
const ALL_LISTINGS = [...LISTINGS, '-Ln --nosort', '-Ln']

const RESET = '-C\n--set 900 120 300\n--stop-daemon master\n--stop-daemon backup\n'

const ipvsadm = (line: string): Step => ({ program: 'ipvsadm', words: line.split(' ') })
const many = (listings: readonly string[]): Step => ({
  program: 'ipvsadm',
  words: ['-R'],
  input: listings.map((line) => `${line}\n`).join(''),
})

export async function play(arena: Arena, { steps }: Scenario, options: PlayOptions = {}): Promise<Result> {
  const reset: Step = { program: 'ipvsadm', words: ['-R'], input: RESET }
  for (const side of SIDES) await arena.reference([reset], side)
  const programs = steps.filter(isCompared)
  const [reference, ours] = await run(arena, steps, options)
  const differences: string[] = []
  const allowed = new Set<string>()
  const add = (step: Step, one: Outcome, other: Outcome, where = '') => {
    const verdict = compare(step, one, other)
    for (const id of verdict.allowed) allowed.add(id)
    if (verdict.difference !== undefined) differences.push(where + verdict.difference)
  }
  for (const [i, step] of programs.entries())
    add(step, inAnyOrder(step, reference[i]!), inAnyOrder(step, ours[i]!))
  const tablesDiffer = options.known === undefined && (await compareTables(arena, options, add))
  return { differences, allowed, compared: programs.length, reference, tablesDiffer }
}

/** The outcomes of the steps that are compared. Runs of commands go to the guest in one exchange. */
async function run(
  arena: Arena,
  steps: readonly Step[],
  { launcher, known }: PlayOptions,
): Promise<[Outcome[], Outcome[]]> {
  const reference: Outcome[] = []
  const ours: Outcome[] = []
  for (const group of groups(steps)) {
    const [first] = group
    if (first!.shared) {
      await arena.prepareBoth(first!)
    } else if (!isCompared(first!)) {
      await Promise.all(SIDES.map((side) => arena.prepare(first!, side)))
    } else {
      const real = launcher ?? (needsProcess(first!) ? 'standalone' : undefined)
      if (!known) reference.push(...(await arena.reference(group)))
      ours.push(...(await (real ? arena.launched(group, real) : arena.ours(group))))
    }
  }
  return [known ? [...known] : reference, ours]
}

/** Steps that can go together: those that are compared, and run in the same way. */
function groups(steps: readonly Step[]): Step[][] {
  const result: Step[][] = []
  let before: Step | undefined
  for (const step of steps) {
    const joins =
      before !== undefined &&
      isCompared(before) &&
      isCompared(step) &&
      needsProcess(before) === needsProcess(step)
    if (joins) result.at(-1)!.push(step)
    else result.push([step])
    before = step
  }
  return result
}

/** Each table as both programs read it, and the two with each other; whether those differ. */
async function compareTables(
  arena: Arena,
  { apart = false }: PlayOptions,
  add: (step: Step, one: Outcome, other: Outcome, where: string) => void,
): Promise<boolean> {
  const tables: string[] = []
  for (const side of SIDES) {
    const step = many(ALL_LISTINGS)
    const [theirs] = await arena.reference([step], side)
    const mine = await arena.ours(ALL_LISTINGS.map(ipvsadm), side)
    add(step, theirs!, joined(mine), `the table of ${side}, as both read it:\n`)
    tables.push(sorted(theirs!.stdout))
  }
  const [one, other] = tables.map((stdout) => ({ status: 0, stdout, stderr: '' }))
  if (!apart) add(many(ALL_LISTINGS), one!, other!, 'the two tables, as the reference reads them:\n')
  return tables[0] !== tables[1]
}

function joined(outcomes: readonly Outcome[]): Outcome {
  return {
    status: outcomes.at(-1)!.status,
    stdout: outcomes.map(({ stdout }) => stdout).join(''),
    stderr: outcomes.map(({ stderr }) => stderr).join(''),
  }
}

/** The kernel's own order is another in another namespace; at the end both programs list it of the same one. */
function inAnyOrder({ words }: Step, outcome: Outcome): Outcome {
  return words.includes('--nosort') ? { ...outcome, stdout: sorted(outcome.stdout) } : outcome
}

/** Its lines in an order that does not depend on the namespace. */
function sorted(text: string): string {
  return text.split('\n').sort().join('\n')
}
