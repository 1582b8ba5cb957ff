// What `ipvsadm drain` shows: a bar that is drawn again and again on a terminal, a line for each change elsewhere.

import { type Client, QUIESCENT } from './templates.ts'
import type { DrainOutcome, RemainingConnections } from './wait.ts'

const BAR = 20
/** As many clients are named. */
const MOST_CLIENTS = 5

const sum = ({ active, inactive, persistent }: RemainingConnections) => active + inactive + persistent

/** `3 active, 5 inactive, 2 persistent` */
export function formatLeft({ active, inactive, persistent }: RemainingConnections): string {
  return `${active} active, ${inactive} inactive, ${persistent} persistent`
}

/** Turns what is left, time after time, into what is to be written; undefined: nothing. */
export type Progress = (name: string, left: RemainingConnections, elapsed: number) => string | undefined

export interface Drawing {
  readonly draw: Progress
  /** To be written before what follows the last drawing; and before what comes between two. */
  readonly end: string
  readonly clear: string
}

/** The line is drawn over the one before it. */
export function barProgress(columns: number): Drawing {
  let most = 0
  const draw: Progress = (name, left, elapsed) => {
    most = Math.max(most, sum(left))
    const done = most === 0 ? BAR : Math.round((BAR * (most - sum(left))) / most)
    const bar = `${'#'.repeat(done)}${'.'.repeat(BAR - done)}`
    const line = `${name} [${bar}] ${formatLeft(left)}  ${Math.round(elapsed / 1000)} s`
    // A line that wraps could not be drawn over.
    return `\r${line.slice(0, columns - 1)}\u001b[K`
  }
  return { draw, end: '\n', clear: '\r\u001b[K' }
}

export function lineProgress(): Drawing {
  let last: string | undefined
  const draw: Progress = (name, left) => {
    const line = `${name}: ${formatLeft(left)} left\n`
    if (line === last || sum(left) === 0) return undefined
    last = line
    return line
  }
  return { draw, end: '', clear: '' }
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

/** What became of it, in one or more lines. */
export function formatOutcome(
  name: string,
  { ending, weight, left, elapsed, deleted }: DrainOutcome,
  clients: readonly Client[],
  hold: boolean,
): string {
  const seconds = `${Math.round(elapsed / 1000)} s`
  switch (ending) {
    case 'drained':
      return `${name}: drained in ${seconds}${deleted ? ', deleted' : ''}\n`
    case 'deleted':
      return `${name}: it has been deleted meanwhile\n`
    case 'revived':
      return `${name}: its weight has been set to ${weight.after} meanwhile; ${formatLeft(left)} left\n`
    case 'timed-out':
    case 'interrupted': {
      const why = ending === 'interrupted' ? 'interrupted' : 'not drained'
      const now = `its weight is ${weight.after === 0 ? 'still 0' : `${weight.after} again`}`
      return `${name}: ${why} after ${seconds}: ${formatLeft(left)} left; ${now}\n${formatClients(clients, hold)}`
    }
  }
}

/** Who keeps coming, and what would end it. */
export function formatClients(clients: readonly Client[], hold: boolean): string {
  if (clients.length === 0) return ''
  const named = clients.slice(0, MOST_CLIENTS).map(({ address, expires }) => `${address} (${expires} s)`)
  const more = clients.length > MOST_CLIENTS ? ` and ${clients.length - MOST_CLIENTS} more` : ''
  const advice = hold ? `; sysctl -w ${QUIESCENT}=1 sends them elsewhere` : ''
  return `  ${plural(clients.length, 'persistent template')}, whose clients ${hold ? 'keep coming' : 'came'}: ${named.join(', ')}${more}${advice}\n`
}

/** As one JSON document. */
export function formatOutcomeJson(outcome: DrainOutcome, clients: readonly Client[]): string {
  const { ending, server, weight, left, elapsed, deleted } = outcome
  const document = {
    ending,
    server: { address: server.address, port: server.port },
    weight,
    left,
    seconds: Math.round(elapsed) / 1000,
    deleted,
    clients,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
