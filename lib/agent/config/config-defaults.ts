// The settings of a configuration that says nothing.
import { AGENT_SOCKET } from '../../commands/tell-agent.ts'
import type { CommonPlan, LogFormat, LogLevel, Policy } from './config.ts'

export const DEFAULTS = {
  interval: 2000,
  socket: AGENT_SOCKET,
  state: '/run/ipvsadm/agent.json',
  copy: '/var/lib/ipvsadm-agent/rules.json',
  log: { format: 'logfmt' as LogFormat, level: 'info' as LogLevel },
  drift: 'keep' as const,
  concurrency: 4096,
  listen: '127.0.0.1:9456',
  check: { kind: 'none' as const, interval: 2000, rise: 2, fall: 3, jitter: 0.1 },
  policy: {
    down: 'quiesce',
    minimum: 0,
    fallback: [],
    slowStart: 0,
    drainTimeout: 300_000,
  } satisfies Policy,
}

/** The timeout of a check that names none: half of its interval, at most a second. */
export const presetTimeout = (interval: CommonPlan['interval']) => Math.min(1000, interval / 2)
