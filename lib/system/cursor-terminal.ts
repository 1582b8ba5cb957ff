// The terminal of the output, if it obeys control sequences.
import type { System, Terminal } from './system.ts'

/** Undefined too for TERM=dumb, which is a terminal that prints control sequences as text. */
export const cursorTerminal = ({ env, outputTerminal }: System): Terminal | undefined =>
  env.TERM === 'dumb' ? undefined : outputTerminal?.()
