// Runs the built programs of bin/ as processes, as a user would.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { LAUNCHERS, type Launcher } from './launchers.ts'

export const ROOT = join(__dirname, '..', '..')
export const BIN = join(ROOT, 'bin')

/** The result of a process: its status, or the shell's 128+N if signal N ended it. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The launcher of the programs; Node unless given. */
  readonly launcher?: Launcher
  /** Stdin; empty unless given. */
  readonly input?: string | Uint8Array
}

/** Runs a line of bash, in which the programs go by their names; nothing of this process's environment but PATH. */
export function shell(line: string, options: ProcessOptions = {}): Outcome {
  const { env = {}, cwd = ROOT, input = '', launcher = 'node' } = options
  const { status, stdout, stderr, error } = spawnSync('bash', ['--norc', '-c', line], {
    env: { PATH: `${join(ROOT, LAUNCHERS[launcher])}:${process.env.PATH}`, ...env },
    cwd,
    input,
    encoding: 'utf8',
    timeout: 900_000,
    killSignal: 'SIGKILL',
  })
  if (error) throw error
  return { status, stdout, stderr }
}
