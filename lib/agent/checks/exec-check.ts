// `exec`: a program, run without a shell in a process group of its own. Status 0 is up.
import { type ChildProcess, spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { isFwmark } from '../../model/service.ts'
import type { ExecPlan } from '../config/config.ts'
import { down, failure, inconclusive, runUntil, up } from './check-result.ts'
import type { CheckTarget, HealthCheck } from './health-check.ts'

/** The characters of the output that are kept, for the detail. */
const LONGEST_OUTPUT = 1000

export const checkExec: HealthCheck<ExecPlan> = (target, plan, signal) => {
  let output = ''
  const said = () => {
    const line = output.trim().split('\n', 1)[0] ?? ''
    return line === '' ? '' : `: ${line}`
  }
  return runUntil(
    signal,
    (finish) => {
      const [program = '', ...words] = plan.command
      // A program that cannot be started says nothing about the server.
      const cannotStart = (error: Error) => finish(inconclusive(`${program}: ${failure(error).detail}`))
      let child: ChildProcess
      try {
        child = spawn(program, words, {
          env: environment(target),
          cwd: '/',
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
      } catch (error) {
        cannotStart(error as Error)
        return () => {}
      }
      let running = true
      child.on('error', (error) => {
        running = false
        cannotStart(error)
      })
      // There are none when this process has no descriptors left.
      const streams = [child.stdout, child.stderr].filter((stream) => stream instanceof Readable)
      for (const stream of streams) {
        stream.setEncoding('utf8')
        // All is read, so that the program is not held up, and most of it is dropped.
        stream.on('data', (text: string) => {
          if (output.length < LONGEST_OUTPUT) output += text.slice(0, LONGEST_OUTPUT - output.length)
        })
        stream.on('error', () => {})
      }
      child.on('exit', (status, killer) => {
        running = false
        // Programs that it has left behind must not gather, one a check.
        if (child.pid !== undefined) killGroup(child.pid)
        // Lets the output arrive that the program has written before its end.
        setImmediate(() => {
          if (status === 0) finish(up(`status 0${said()}`))
          else finish(down(`${killer === null ? `status ${status}` : `killed by ${killer}`}${said()}`))
        })
      })
      return () => {
        for (const stream of streams) stream.destroy()
        if (running && child.pid !== undefined) killGroup(child.pid)
      }
    },
    () => down(`timed out, killed${said()}`),
  )
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // None of the group is left.
  }
}

/** The endpoint, and what a program needs at least. Nothing of the agent's own environment. */
function environment({ service, server, address, port }: CheckTarget): Record<string, string> {
  const virtual: Record<string, string> = isFwmark(service)
    ? { IPVS_PROTOCOL: 'fwmark', IPVS_FWMARK: String(service.fwmark) }
    : {
        IPVS_PROTOCOL: service.protocol,
        IPVS_VIRTUAL_ADDRESS: service.address,
        IPVS_VIRTUAL_PORT: String(service.port),
      }
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    ...virtual,
    IPVS_SERVER_ADDRESS: server.address,
    IPVS_SERVER_PORT: String(server.port),
    IPVS_CHECK_ADDRESS: address,
    IPVS_CHECK_PORT: String(port),
  }
}
