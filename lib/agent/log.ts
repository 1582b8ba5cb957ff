// The agent's log: one line an event, logfmt or JSON, with journald's priorities where the journal reads it.
import { visible } from '../output/visible.ts'
import type { System } from '../system/system.ts'
import type { Clock } from './clock.ts'
import type { LogFormat, LogLevel } from './config/config.ts'

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** @param event a short name, such as `server-down` */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error']
/** As in syslog(3). */
const PRIORITY: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warning: 4, error: 3 }

/** The longest value. */
const LONGEST = 1000

export interface LogOptions {
  readonly format: LogFormat
  readonly level: LogLevel
  /** Whether the journal reads the lines: it wants priorities, and has the time already. */
  readonly journal: boolean
}

export function logger(
  { format, level, journal }: LogOptions,
  clock: Clock,
  write: (line: string) => void,
): Log {
  const lowest = LEVELS.indexOf(level)
  return (level, event, fields = {}) => {
    if (LEVELS.indexOf(level) < lowest) return
    const time = journal ? {} : { time: clock.wall().toISOString() }
    const values = { ...time, level, event, ...fields }
    const line = format === 'json' ? plainJson(values) : logfmt(values)
    write(`${journal ? `<${PRIORITY[level]}>` : ''}${line}\n`)
  }
}

/** A log that cannot be written, on a full disk or to a program that has ended, does not end the balancing. */
export function writeIfPossible(line: string, system: Pick<System, 'writeError'>): void {
  try {
    system.writeError(line)
  } catch {
    // The next line may be written again.
  }
}

/** JSON leaves some control characters and those that change the direction of text as they are. */
function plainJson(fields: LogFields): string {
  return JSON.stringify(fields).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

function logfmt(fields: LogFields): string {
  const words: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) words.push(`${name}=${quoted(visible(String(value), LONGEST))}`)
  }
  return words.join(' ')
}

const quoted = (text: string) =>
  /^[^\s"=\\]+$/.test(text) ? text : `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"`
