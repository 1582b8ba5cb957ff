// A guest kernel with twin network namespaces, one for each program, and the ways to run a step in them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Command,
  Guest,
  type Namespace,
  type Result,
  type StartOptions,
  type Worker,
} from '../../support/guest.ts'
import { LAUNCHERS, type Launcher } from '../../support/launchers.ts'
import { bundleWorker, ROOT } from './bundle.ts'
import type { Outcome, Step } from './step.ts'

/** The namespace whose table the reference makes, and the one whose table ours makes. */
export type Side = 'reference' | 'ours'

export const SIDES: readonly Side[] = ['reference', 'ours']

function cache(): string {
  const folder = join(ROOT, 'node_modules/.cache')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** The folder in which our programs are found by their names. */
const pathOf = (launcher: Launcher) => `${join(ROOT, LAUNCHERS[launcher])}:/usr/sbin:/sbin:/usr/bin:/bin`

export class Arena {
  readonly guest: Guest
  readonly #namespaces: Readonly<Record<Side, Namespace>>
  /** The folder of the bundles: in the checkout, of which every guest sees the same files. */
  readonly #folder = mkdtempSync(join(cache(), 'differential-'))
  #bundles = 0
  /** Processes that hold our program, for each of the namespaces. */
  #workers: Readonly<Partial<Record<Side, Worker>>> = {}

  private constructor(guest: Guest, namespaces: Record<Side, Namespace>) {
    this.guest = guest
    this.#namespaces = namespaces
  }

  /** Boots a guest. */
  static async start(options?: StartOptions): Promise<Arena> {
    const bundle = await bundleWorker()
    const guest = await Guest.start(options)
    const namespaces = { reference: await guest.namespace(), ours: await guest.namespace() }
    const arena = new Arena(guest, namespaces)
    await arena.replaceOurs(bundle)
    return arena
  }

  /** From now on, `ours` is this bundle, in the namespaces that are named. */
  async replaceOurs(bundle: string, sides: readonly Side[] = SIDES): Promise<void> {
    const path = join(this.#folder, `${++this.#bundles}.cjs`)
    writeFileSync(path, bundle)
    for (const side of sides) {
      const before = this.#workers[side]
      const worker = await this.worker(side, ['node', path])
      this.#workers = { ...this.#workers, [side]: worker }
      await before?.close()
    }
  }

  /** The reference, by its name. */
  async reference(steps: readonly Step[], side: Side = 'reference'): Promise<Outcome[]> {
    return (await this.#run(steps, side)).map(outcome)
  }

  /** Ours, within a long-lived process. */
  async ours(steps: readonly Step[], side: Side = 'ours'): Promise<Outcome[]> {
    return await Promise.all(steps.map(async (step) => (await this.#workers[side]!.request(step)) as Outcome))
  }

  /** Ours, as processes. */
  async launched(steps: readonly Step[], launcher: Launcher, side: Side = 'ours'): Promise<Outcome[]> {
    return (await this.#run(steps, side, { PATH: pathOf(launcher) })).map(outcome)
  }

  /** Another command, in a namespace. Rejects when it fails. */
  async prepare(step: Step, side: Side): Promise<void> {
    succeed(step, (await this.#run([step], side))[0]!)
  }

  /** Another command, once, for both, in the initial namespace. Rejects when it fails. */
  async prepareBoth(step: Step): Promise<void> {
    succeed(step, await this.guest.run([step.program, ...step.words]))
  }

  /** The namespaces' names for iproute2. */
  get names(): Readonly<Record<Side, string>> {
    return { reference: this.#namespaces.reference.name, ours: this.#namespaces.ours.name }
  }

  /** A long-lived process of another kind, in a namespace. */
  async worker(side: Side, argv: readonly string[]): Promise<Worker> {
    return await this.#namespaces[side].worker(argv)
  }

  async stop(): Promise<void> {
    await this.guest.stop()
    rmSync(this.#folder, { recursive: true })
  }

  async #run(steps: readonly Step[], side: Side, env: Record<string, string> = {}): Promise<Result[]> {
    return await this.#namespaces[side].runAll(steps.map((step) => command(step, env)))
  }
}

function command(
  { program, words, input = '', env, user, output }: Step,
  more: Record<string, string>,
): Command {
  const plain = [program, ...words]
  const redirected = output === undefined ? plain : ['sh', '-c', `exec "$@" >${output}`, 'sh', ...plain]
  const argv =
    user === undefined ? redirected : ['setpriv', `--reuid=${user}`, '--clear-groups', ...redirected]
  return { argv, stdin: Buffer.from(input, 'latin1'), env: { ...more, ...env } }
}

const outcome = ({ status, stdout, stderr }: Result): Outcome => ({
  status,
  stdout: stdout.toString('latin1'),
  stderr: stderr.toString('latin1'),
})

function succeed({ program, words }: Step, { status, stderr }: Result): void {
  if (status !== 0) throw new Error(`${[program, ...words].join(' ')}: status ${status}: ${stderr}`)
}
