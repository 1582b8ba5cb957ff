// `ipvsadm drain`: weight 0, then waiting until the real server's connections have ended.
import {
  barProgress,
  type Drawing,
  formatClients,
  formatOutcome,
  formatOutcomeJson,
  lineProgress,
} from '../drain/progress.ts'
import { type Client, clientsOf, templatesHold } from '../drain/templates.ts'
import {
  type DrainEnvironment,
  type DrainOutcome,
  type DrainResult,
  drain,
  type RemainingConnections,
} from '../drain/wait.ts'
import { parse } from '../grammar/parse.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { openClient } from '../ipvs/open-client.ts'
import type { DestinationId } from '../model/destination.ts'
import { UsageError } from '../model/errors.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { BrokenPipe, type Interruption, type System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

type Args = Readonly<Record<string, unknown>>

export async function run(args: Args, system: System): Promise<CommandOutcome> {
  const { service, server } = await readTarget(args, system)
  const options = {
    timeout: readTimeout(args.timeout),
    deleteServer: args.delete === true,
    restoreWeight: args['restore-weight'] === true,
  }
  const client = await openClient(system)
  const signals = new Signals(system)
  try {
    const display = new Display(args.json === true, system, (server) =>
      clientsOf(client, service, server, system),
    )
    const around: DrainEnvironment = {
      now: () => performance.now(),
      sleep: (milliseconds) => signals.sleep(milliseconds),
      interrupted: () => signals.caught !== undefined,
      progress: (server, left, elapsed) => display.progress(server, left, elapsed),
    }
    const outcome = await drain(client, service, server, options, around)
    await display.finish(outcome)
    return outcomeOf(outcome.ending, signals.caught)
  } finally {
    signals.end()
    client.close()
  }
}

const TARGETS = ['tcp-service', 'udp-service', 'sctp-service', 'fwmark-service'] as const

/** Read by the classic grammar: what `-d` would delete is what is drained. */
async function readTarget(args: Args, system: System) {
  const words = ['--delete-server']
  for (const name of [...TARGETS, 'real-server']) {
    for (const value of [args[name] ?? []].flat()) words.push(`--${name}`, String(value))
    if (name === 'fwmark-service' && args.ipv6 === true) words.push('--ipv6')
  }
  try {
    const command = await withNames(system.names, (names) => parse(words, names), { explain: true })
    if (command.kind !== 'delete-server') throw new UsageError(`unexpected ${command.kind}`)
    return command
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(
      `drain: ${error.message.replace("'delete-server' command", "'drain' command")}`,
      error.kind,
    )
  }
}

const MAX_TIMEOUT = 31 * 24 * 60 * 60

/** Milliseconds. */
function readTimeout(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(String(value)) || Number(value) > MAX_TIMEOUT) {
    throw new UsageError(`drain: invalid timeout value \`${value}' specified`)
  }
  return Number(value) * 1000
}

function outcomeOf(ending: DrainResult, caught: Interruption | undefined): CommandOutcome {
  switch (ending) {
    case 'drained':
    case 'deleted':
      return 'done'
    case 'timed-out':
    case 'revived':
      return 'not-drained'
    case 'interrupted':
      return caught ?? 'SIGINT'
  }
}

/** Remembers a signal, and wakes whoever sleeps. */
class Signals {
  caught: Interruption | undefined
  readonly end: () => void
  #wake = () => {}

  constructor(system: System) {
    const listen = (signal: Interruption) => {
      this.caught ??= signal
      this.#wake()
    }
    this.end = system.onInterrupt?.(listen) ?? (() => {})
  }

  sleep(milliseconds: number): Promise<void> {
    if (this.caught !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Writes as long as somebody reads; the draining goes on without. */
class Display {
  readonly #json: boolean
  readonly #system: System
  readonly #clients: (server: DestinationId) => Promise<Client[]>
  readonly #drawing: Drawing
  #named = false

  constructor(json: boolean, system: System, clients: (server: DestinationId) => Promise<Client[]>) {
    this.#json = json
    this.#system = system
    this.#clients = clients
    const terminal = system.outputTerminal?.()
    this.#drawing = terminal === undefined ? lineProgress() : barProgress(terminal.columns)
  }

  async progress(server: DestinationId, left: RemainingConnections, elapsed: number): Promise<void> {
    if (this.#json) return
    this.#write(this.#drawing.draw(nameOf(server), left, elapsed))
    // When only templates are left, it is they that are waited for.
    if (this.#named || left.persistent === 0 || left.active + left.inactive > 0) return
    this.#named = true
    const text = formatClients(await this.#clients(server), templatesHold(this.#system))
    if (text !== '') this.#write(`${this.#drawing.clear}${text}`)
  }

  async finish(outcome: DrainOutcome): Promise<void> {
    const clients = outcome.left.persistent > 0 ? await this.#clients(outcome.server) : []
    if (this.#json) return this.#write(formatOutcomeJson(outcome, clients))
    const text = formatOutcome(nameOf(outcome.server), outcome, clients, templatesHold(this.#system))
    this.#write(`${this.#drawing.end}${text}`)
  }

  #write(text: string | undefined): void {
    try {
      if (text !== undefined) this.#system.writeOutput(text)
    } catch (error) {
      if (!(error instanceof BrokenPipe)) throw error
    }
  }
}

const nameOf = ({ address, port }: DestinationId) => formatEndpoint(address, port, undefined, NUMBERS)
