// The outcome of a drain as text and as JSON.
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import type { HoldingClient } from './clients.ts'
import type { DrainSettings } from './drain-settings.ts'
import { type DrainFinding, serverName } from './findings.ts'
import { formatLeft } from './progress.ts'
import type { DrainOutcome, RemainingConnections } from './wait.ts'

/** The maximum number of clients named in text. */
const MOST_NAMED = 5

/** Details beside the outcome. */
export interface DrainReport {
  readonly clients: readonly HoldingClient[]
  readonly findings: readonly DrainFinding[]
  readonly settings: DrainSettings
}

/** The outcome in one line. */
export function formatDrain({ ending, server, weight, left, elapsed, deleted }: DrainOutcome): string {
  const name = serverName(server)
  const seconds = `${Math.round(elapsed / 1000)} s`
  switch (ending) {
    case 'drained':
      return `${name}: drained in ${seconds}${deleted ? ', deleted' : ''}\n`
    case 'ended':
      return `${name}: not drained after ${seconds}: deleted with ${formatLeft(left)} left\n`
    case 'deleted':
      return `${name}: deleted by another program\n`
    case 'revived':
      return `${name}: another program has set its weight to ${weight.after}; ${formatLeft(left)} left\n`
    case 'timed-out':
    case 'interrupted': {
      const why = ending === 'interrupted' ? 'interrupted' : 'not drained'
      const now = `its weight is ${weight.after === 0 ? 'still 0' : `${weight.after} again`}`
      return `${name}: ${why} after ${seconds}: ${formatLeft(left)} left; ${now}\n`
    }
  }
}

/** The clients of the server, the longest remaining time first. */
export function formatClients(clients: readonly HoldingClient[], left: RemainingConnections): string {
  if (clients.length === 0) return ''
  const named = clients
    .slice(0, MOST_NAMED)
    .map(({ protocol, address, port, state, expires }) =>
      port === undefined
        ? `${address} (template, ${expires} s)`
        : `${formatEndpoint(address, port, undefined, NUMBERS)} (${protocol} ${state}, ${expires} s)`,
    )
  const all = Math.max(clients.length, left.active + left.inactive + left.persistent)
  const more = all > named.length ? ` and ${all - named.length} more` : ''
  return `  held by ${named.join(', ')}${more}\n`
}

export function formatFindings(findings: readonly DrainFinding[]): string {
  return findings
    .map(({ problem, fixes }) => `  ${problem}\n${fixes.map((fix) => `    fix: ${fix}\n`).join('')}`)
    .join('')
}

/** One JSON document. */
export function formatOutcomeJson(outcome: DrainOutcome, report: DrainReport): string {
  const { ending, server, weight, left, elapsed, deleted } = outcome
  const { clients, findings, settings } = report
  const document = {
    ending,
    server: { address: server.address, port: server.port },
    weight,
    left,
    seconds: Math.round(elapsed) / 1000,
    deleted,
    clients: clients.map(({ protocol, address, port, state, expires }) => ({
      protocol,
      address,
      port: port ?? null,
      state,
      expires,
    })),
    findings,
    settings,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
