// Messages to systemd: ready, reloading, alive, stopping. Node has no datagrams over Unix sockets: systemd's own program
// sends them, which is there wherever systemd is. The unit needs NotifyAccess=all for that.
import { spawn } from 'node:child_process'
import type { System } from '../system/system.ts'

const PROGRAM = '/usr/bin/systemd-notify'

export interface Notify {
  /** Sends assignments such as `READY=1`. */
  send(...assignments: readonly string[]): void
  /** Milliseconds within which systemd wants WATCHDOG=1; undefined: it does not watch. */
  readonly watchdog: number | undefined
}

/** Does nothing where systemd has not started the process. */
export function notifier(env: System['env'], processId: number, run = runProgram): Notify {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env
  if (NOTIFY_SOCKET === undefined) return { send: () => {}, watchdog: undefined }
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === processId
  const period = Number(WATCHDOG_USEC) / 1000
  return {
    send: (...assignments) => run(PROGRAM, assignments, { NOTIFY_SOCKET }),
    watchdog: isOurs && period > 0 ? period : undefined,
  }
}

function runProgram(path: string, words: readonly string[], env: Readonly<Record<string, string>>): void {
  const child = spawn(path, words, { env, stdio: 'ignore' })
  // Without the program systemd ends the agent after its timeout, and says so.
  child.on('error', () => {})
  child.unref()
}
