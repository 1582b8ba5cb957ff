// `agent`: a TCP connection on which the server says its state in one line, as HAProxy's agent-check has it:
// `75%`, `up`, `down`, `drain`, `maint`, `fail`, `ready`, several of them with blanks or commas between.
import { connect } from 'node:net'
import type { AgentPlan } from '../config/config.ts'
import { detail, down, failure, runUntil, type UntimedResult, up } from './check-result.ts'
import type { HealthCheck } from './health-check.ts'

const LONGEST_LINE = 1024

export const checkAgent: HealthCheck<AgentPlan> = ({ address, port }, { source, send }, signal) => {
  let phase = 'no answer to the connection request'
  return runUntil(
    signal,
    (finish) => {
      let line = ''
      const socket = connect({ host: address, port, ...(source !== undefined && { localAddress: source }) })
      socket.setEncoding('latin1')
      socket.on('connect', () => {
        phase = 'no line'
        if (send !== '') socket.write(send)
      })
      socket.on('data', (text) => {
        line += text
        const end = line.search(/[\r\n]/)
        if (end >= 0) finish(readAgentLine(line.slice(0, end)))
        else if (line.length > LONGEST_LINE) finish(down('the line is too long'))
      })
      socket.on('end', () => finish(line === '' ? down('ended without a line') : readAgentLine(line)))
      socket.on('error', (error) => finish(failure(error)))
      return () => socket.destroy()
    },
    () => down(`timed out: ${phase}`),
  )
}

interface Said {
  readonly up: boolean
  readonly weight?: number
}

/** The meaning of each word: whether the server is up, and the percentage of its weight, if the word sets them. */
const WORDS: ReadonlyMap<string, Said> = new Map<string, Said>(
  Object.entries({
    up: { up: true },
    ready: { up: true },
    drain: { up: true, weight: 0 },
    down: { up: false },
    maint: { up: false },
    fail: { up: false },
    failed: { up: false },
    stopped: { up: false },
  }),
)

/** The outcome that a line says. One word that says no counts; so does the lowest percentage. */
export function readAgentLine(line: string): UntimedResult {
  // A description may follow after a `#`.
  const words = (line.split('#', 1)[0] ?? '')
    .trim()
    .toLowerCase()
    .split(/[\s,]+/)
  let isUp = true
  let weight: number | undefined
  let known = false
  for (const word of words) {
    const percent = /^(\d{1,6})%$/.exec(word)?.[1]
    const said: Said | undefined =
      percent === undefined ? WORDS.get(word) : { up: true, weight: Math.min(Number(percent), 100) }
    if (said === undefined) {
      // A limit of HAProxy's own connections.
      if (/^maxconn:\d+$/.test(word)) continue
      return down(`not a line of an agent: ${line}`)
    }
    known = true
    isUp &&= said.up
    if (said.weight !== undefined) weight = Math.min(weight ?? 100, said.weight)
  }
  if (!known) return down(`not a line of an agent: ${line}`)
  const text = detail(line.trim())
  const outcome = isUp ? up(text) : down(text)
  return weight === undefined ? outcome : { ...outcome, weight }
}
