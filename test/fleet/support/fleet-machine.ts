// A machine on which `ipvsadm fleet` runs over a cluster in memory, and what was written to it.
import type { CommandOutcome } from '../../../lib/commands/command-outcome.ts'
import { Fleet } from '../../../lib/fleet/fleet.ts'
import { run } from '../../../lib/fleet/fleet-command.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import type { Interruption, System } from '../../../lib/system/system.ts'
import type { FakeConnection, FakeEtcd } from './fake-etcd.ts'

export const PREFIX = '/test/'

export interface Typed {
  readonly outcome: CommandOutcome
  readonly output: string
  readonly errors: string
}

export class FleetMachine {
  readonly #etcd: FakeEtcd
  /** The file `rules`. */
  rules = ''
  /** Of the last command. */
  connection: FakeConnection | undefined
  /** Called between the reading of the state and the transaction. */
  beforeCommit: (() => Promise<void>) | undefined
  signal: (signal: Interruption) => void = () => {}
  #written = { output: '', errors: '' }

  constructor(etcd: FakeEtcd) {
    this.#etcd = etcd
  }

  get written() {
    return this.#written
  }

  async type(action: string, operand?: string, more: Readonly<Record<string, unknown>> = {}): Promise<Typed> {
    const written = { output: '', errors: '' }
    this.#written = written
    const system: System = {
      ...nodeSystem,
      env: { USER: 'alice' },
      readFile: () => new TextEncoder().encode(this.rules),
      onInterrupt: (listener) => {
        this.signal = listener
        return () => {}
      },
      writeOutput: (text) => {
        written.output += text
      },
      writeError: (text) => {
        written.errors += text
      },
    }
    const connection = this.#etcd.connect()
    this.connection = connection
    const transact = connection.transact.bind(connection)
    connection.transact = async (...words) => {
      const before = this.beforeCommit
      this.beforeCommit = undefined
      await before?.()
      return await transact(...words)
    }
    const outcome = await run(
      { action, ...(operand !== undefined && { operand }), ...more },
      system,
      () => new Fleet(connection, PREFIX),
    )
    return { outcome, ...written }
  }

  async push(rules: string, more: Readonly<Record<string, unknown>> = {}): Promise<Typed> {
    this.rules = rules
    return await this.type('push', 'rules', { group: 'web', ...more })
  }
}
