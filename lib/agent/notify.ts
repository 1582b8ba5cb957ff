// Messages to systemd: ready, reloading, alive, stopping. Node has no datagrams over Unix sockets: systemd's own program
// sends them, which is there wherever systemd is. The unit needs NotifyAccess=all for that.
import { spawn } from 'node:child_process'
import type { System } from '../system/system.ts'

const PROGRAM = '/usr/bin/systemd-notify'

export interface Notify {
  /** Sends assignments such as `READY=1`, after those before; fulfilled when systemd has taken note. */
  send(...assignments: readonly string[]): Promise<void>
  /** Milliseconds within which systemd wants WATCHDOG=1; undefined: it does not watch. */
  readonly watchdog: number | undefined
}

/** Does nothing where systemd has not started the process. */
export function notifier(env: System['env'], processId: number, run = runProgram): Notify {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env
  if (NOTIFY_SOCKET === undefined) return { send: async () => {}, watchdog: undefined }
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === processId
  const period = Number(WATCHDOG_USEC) / 1000
  // Two of its processes at a time may overtake each other: the unit would be reloading for ever.
  let last = Promise.resolve()
  return {
    send: (...assignments) => {
      // A process cannot be started when memory is short, for example; the next message may be sent.
      last = last.then(() => run(PROGRAM, assignments, { NOTIFY_SOCKET })).catch(() => {})
      return last
    },
    watchdog: isOurs && period > 0 ? period : undefined,
  }
}

/** Runs a program to its end, however it ends: without it systemd ends the agent after its timeout, and says so. */
function runProgram(
  path: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(path, words, { env, stdio: 'ignore' })
    child.on('error', () => resolve())
    child.on('exit', () => resolve())
  })
}
