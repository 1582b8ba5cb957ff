// Directors as processes with fake kernels, over a real cluster.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../../support/bundle.ts'
import { CuttableNetwork } from './cuttable-network.ts'
import type { EtcdCluster } from './etcd-cluster.ts'
import { KernelServer } from './kernel-server.ts'

let built: Promise<string> | undefined

/** The program of the agents. */
export const agentProgram = (): Promise<string> => {
  built ??= bundle('fleet/guest/agent-process.ts', 'agent-process.cjs')
  return built
}

/** Writes the configuration of an agent; returns its path. */
export function writeConfiguration(
  folder: string,
  name: string,
  endpoints: readonly string[],
  more: readonly string[] = [],
): string {
  const path = join(folder, `${name}.yaml`)
  writeFileSync(
    path,
    [
      'rules:',
      '  etcd:',
      '    groups: [web]',
      `    name: ${name}`,
      `    endpoints: [${endpoints.map((each) => `"${each}"`).join(', ')}]`,
      `    copy: ${join(folder, `${name}.copy`)}`,
      `socket: ${join(folder, `${name}.socket`)}`,
      `state: ${join(folder, `${name}.state`)}`,
      ...more,
      '',
    ].join('\n'),
  )
  return path
}

export interface AgentProcessOptions {
  /** By how many milliseconds the clock of its machine is wrong. */
  readonly skew?: number
}

export class AgentProcess {
  readonly name: string
  readonly kernel: KernelServer
  readonly network: CuttableNetwork
  readonly #folder: string
  readonly #program: string
  readonly #skew: number
  #child: ChildProcess | undefined
  #log = ''

  private constructor(
    name: string,
    folder: string,
    program: string,
    kernel: KernelServer,
    network: CuttableNetwork,
    skew: number,
  ) {
    this.name = name
    this.#folder = folder
    this.#program = program
    this.kernel = kernel
    this.network = network
    this.#skew = skew
  }

  static async start(
    cluster: EtcdCluster,
    name: string,
    { skew = 0 }: AgentProcessOptions = {},
  ): Promise<AgentProcess> {
    const { folder } = cluster
    const program = await agentProgram()
    const kernel = await KernelServer.start(folder, name)
    const network = await CuttableNetwork.to(cluster.endpoints)
    const agent = new AgentProcess(name, folder, program, kernel, network, skew)
    writeConfiguration(folder, name, network.endpoints, ['interval: 500ms', 'serve: { listen: 0 }'])
    agent.run()
    return agent
  }

  #file(kind: string): string {
    return join(this.#folder, `${this.name}.${kind}`)
  }

  run(): void {
    const child = spawn(
      process.execPath,
      [this.#program, this.#file('yaml'), this.kernel.path, `${this.#skew}`],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    child.stderr.on('data', (bytes: Buffer) => {
      this.#log += bytes
    })
    this.#child = child
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Of all its runs. */
  get log(): string {
    return this.#log
  }

  /** The address of its metrics and page; undefined: none yet. */
  get url(): string | undefined {
    return [...this.#log.matchAll(/event=serving address=(\S+)\n/g)].at(-1)?.[1]
  }

  get copy(): string {
    return readFileSync(this.#file('copy'), 'utf8')
  }

  /** The weights of the servers of the service, by server. */
  get weights(): Readonly<Record<string, number>> {
    const { destinations = {} } = this.kernel.kernel.snapshot().services['tcp 192.0.2.1:80'] ?? {}
    return Object.fromEntries(Object.entries(destinations).map(([server, { weight }]) => [server, weight]))
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isAlive) return
    const ended = new Promise<void>((resolve) => {
      // Its log is complete then.
      child.once('close', () => resolve())
    })
    child.kill(signal)
    await ended
  }

  async stop(): Promise<void> {
    await this.kill()
    this.network.stop()
    this.kernel.stop()
  }
}
