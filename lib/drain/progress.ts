// Progress of `ipvsadm drain`: on a terminal a bar that is redrawn, elsewhere a line for each change.
import type { RemainingConnections } from './wait.ts'

const BAR = 20

const sum = ({ active, inactive, persistent }: RemainingConnections) => active + inactive + persistent

/** `3 active, 5 inactive, 2 persistent` */
export function formatLeft({ active, inactive, persistent }: RemainingConnections): string {
  return `${active} active, ${inactive} inactive, ${persistent} persistent`
}

export interface Drawing {
  /** The text for the remaining connections after `elapsed` milliseconds; undefined: none. */
  draw(name: string, left: RemainingConnections, elapsed: number): string | undefined
  /** Precedes text after the last drawing. */
  readonly end: string
  /** Precedes text between two drawings. */
  readonly clear: string
}

/** Each line is drawn over the one before it. */
export function barProgress(columns: number): Drawing {
  let most = 0
  return {
    draw(name, left, elapsed) {
      most = Math.max(most, sum(left))
      const done = most === 0 ? BAR : Math.round((BAR * (most - sum(left))) / most)
      const bar = `${'#'.repeat(done)}${'.'.repeat(BAR - done)}`
      const line = `${name} [${bar}] ${formatLeft(left)}  ${Math.round(elapsed / 1000)} s`
      // A wrapped line could not be redrawn.
      return `\r${line.slice(0, columns - 1)}\u001b[K`
    },
    end: '\n',
    clear: '\r\u001b[K',
  }
}

export function lineProgress(): Drawing {
  let last: string | undefined
  return {
    draw(name, left) {
      const line = `${name}: ${formatLeft(left)} left\n`
      if (line === last || sum(left) === 0) return undefined
      last = line
      return line
    },
    end: '',
    clear: '',
  }
}
