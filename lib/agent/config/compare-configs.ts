// Differences of two configurations, as far as a reload has to tell them.
import type { AgentConfig } from './config.ts'

/** Keys that a running agent cannot change. */
const SET_AT_START = ['socket', 'state', 'log', 'concurrency'] as const

/** The keys of those that differ. */
export const differencesAtStart = (a: AgentConfig, b: AgentConfig): readonly string[] =>
  SET_AT_START.filter((key) => textOf(a[key]) !== textOf(b[key]))

/** Whether the loop would do the same by both. */
export const sameForLoop = (a: AgentConfig, b: AgentConfig): boolean => loopText(a) === loopText(b)

const loopText = ({ serve: _serve, ...config }: AgentConfig) => textOf(config)

/** A regular expression has no JSON of its own. */
const textOf = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (part instanceof RegExp ? String(part) : part))
