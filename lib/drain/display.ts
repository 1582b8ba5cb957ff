// Displays the progress and the outcome of a drain, until the output's reader has gone.
import type { IpvsClient } from '../ipvs/client.ts'
import type { DestinationId } from '../model/destination.ts'
import { cursorTerminal } from '../system/cursor-terminal.ts'
import { BrokenPipe, type System } from '../system/system.ts'
import { clientsOf } from './clients.ts'
import { type DrainContext, readSettings } from './drain-settings.ts'
import { deletion, firstFindings, holdFindings, serverName } from './findings.ts'
import {
  type DrainReport,
  formatClients,
  formatDrain,
  formatFindings,
  formatOutcomeJson,
} from './format-report.ts'
import { barProgress, type Drawing, lineProgress } from './progress.ts'
import type { DrainOutcome, RemainingConnections } from './wait.ts'

/** Milliseconds after which the clients that hold the server are named; at once when only templates are left. */
const PATIENCE = 10_000

const NOTHING: RemainingConnections = { active: 0, inactive: 0, persistent: 0 }

interface DisplayOptions {
  readonly json: boolean
  /** The server will be deleted, drained or not. */
  readonly willEnd: boolean
}

export class Display {
  readonly #client: IpvsClient
  readonly #system: System
  readonly #context: DrainContext
  readonly #options: DisplayOptions
  readonly #drawing: Drawing
  #begun = false
  #named = false

  constructor(client: IpvsClient, system: System, context: DrainContext, options: DisplayOptions) {
    this.#client = client
    this.#system = system
    this.#context = context
    this.#options = options
    const terminal = cursorTerminal(system)
    this.#drawing = terminal === undefined ? lineProgress() : barProgress(terminal.columns)
  }

  async progress(server: DestinationId, left: RemainingConnections, elapsed: number): Promise<void> {
    if (this.#options.json) return
    if (!this.#begun) {
      this.#begun = true
      this.#write(formatFindings(firstFindings(this.#context, server, this.#options.willEnd)))
    }
    this.#write(this.#drawing.draw(serverName(server), left, elapsed))
    const connections = left.active + left.inactive
    if (this.#named || connections + left.persistent === 0) return
    if (connections > 0 && elapsed < PATIENCE) return
    this.#named = true
    const { clients, findings } = await this.#report(server, left)
    const text = `${formatClients(clients, left)}${formatFindings(findings)}`
    if (text !== '') this.#write(`${this.#drawing.clear}${text}`)
  }

  async finish(outcome: DrainOutcome): Promise<void> {
    const { ending, server } = outcome
    const holds = ending === 'timed-out' || ending === 'interrupted' || ending === 'ended'
    const left = holds ? outcome.left : NOTHING
    const report = await this.#report(server, left)
    const context = { ...this.#context, settings: report.settings }
    const findings = ending === 'ended' ? [deletion(context, server)] : report.findings
    if (this.#options.json) {
      const first = firstFindings(this.#context, server, false)
      const others = findings.filter(({ id }) => !first.some((finding) => finding.id === id))
      this.#write(formatOutcomeJson(outcome, { ...report, findings: [...first, ...others] }))
      return
    }
    const text = `${formatDrain(outcome)}${formatClients(report.clients, left)}${formatFindings(findings)}`
    this.#write(`${this.#drawing.end}${text}`)
  }

  async #report(server: DestinationId, left: RemainingConnections): Promise<DrainReport> {
    const { service } = this.#context
    // The settings may have changed meanwhile.
    const settings = await readSettings(this.#client, this.#system)
    const some = left.active + left.inactive + left.persistent > 0
    const clients = some ? await clientsOf(this.#client, service.id, server, this.#system) : []
    return { clients, findings: holdFindings({ service, settings }, left, clients), settings }
  }

  #write(text: string | undefined): void {
    try {
      if (text !== undefined && text !== '') this.#system.writeOutput(text)
    } catch (error) {
      if (!(error instanceof BrokenPipe)) throw error
    }
  }
}
