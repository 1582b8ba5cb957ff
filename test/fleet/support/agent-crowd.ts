// Many directors as processes, each with a fake kernel in its own process. They are seen by their logs.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { until } from '../../support/until.ts'
import { agentProgram, writeConfiguration } from './agents.ts'
import type { EtcdCluster } from './etcd-cluster.ts'

/** Milliseconds, of the times in /proc. */
const TICK = 10

/** The lines of an agent's log, in order. */
export interface CrowdLog {
  /** Revisions that it has taken. */
  readonly taken: number[]
  /** Numbers of changes of the table that were made together. */
  readonly changes: number[]
}

export class AgentCrowd {
  readonly logs = new Map<string, CrowdLog>()
  readonly #cluster: EtcdCluster
  readonly #children: ChildProcess[] = []

  constructor(cluster: EtcdCluster) {
    this.#cluster = cluster
  }

  /** Starts agents of these names; resolves when their processes run. */
  async start(names: readonly string[]): Promise<void> {
    const program = await agentProgram()
    const { folder, endpoints } = this.#cluster
    for (const name of names) {
      const path = writeConfiguration(folder, name, endpoints, ['interval: 1m'])
      const child = spawn(process.execPath, [program, path, 'own'], { stdio: ['ignore', 'ignore', 'pipe'] })
      const log: CrowdLog = { taken: [], changes: [] }
      this.logs.set(name, log)
      this.#children.push(child)
      let rest = ''
      child.stderr.on('data', (bytes: Buffer) => {
        const lines = `${rest}${bytes}`.split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) note(line, log)
      })
    }
  }

  /** Resolves when it is so for the log of each. */
  async until(met: (log: CrowdLog) => boolean): Promise<void> {
    await until(() => {
      this.check()
      return [...this.logs.values()].every(met)
    })
  }

  /** Throws if one has ended. */
  check(): void {
    const ended = this.#children.filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) !== null)
    if (ended.length > 0) throw new Error(`${ended.length} of ${this.#children.length} agents have ended`)
  }

  /** Milliseconds of processor time that all of them have taken; in steps of ten for each. */
  get processorTime(): number {
    const ticks = this.#children.map(({ pid }) => {
      // The fields after the name of the program: see proc_pid_stat(5).
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
      return Number(fields[11]) + Number(fields[12])
    })
    return ticks.reduce((sum, own) => sum + own, 0) * TICK
  }

  async stop(): Promise<void> {
    const ended = this.#children.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) resolve()
          else child.once('exit', () => resolve())
        }),
    )
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(ended)
  }
}

function note(line: string, { taken, changes }: CrowdLog): void {
  const [, revision] = /event=fleet-revision revisions=web:(\d+) /.exec(line) ?? []
  if (revision !== undefined) taken.push(Number(revision))
  const [, count] = /event=table-changed changes=(\d+) /.exec(line) ?? []
  if (count !== undefined) changes.push(Number(count))
}
