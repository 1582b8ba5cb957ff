// The subcommands by name. A first word that is none of these belongs to the classic grammar.
import type { Subcommand } from './subcommand.ts'

export const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  apply: async () => (await import('./apply.ts')).applyCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  drain: async () => (await import('./drain.ts')).drainCommand,
  diff: async () => (await import('./diff.ts')).diffCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  top: async () => (await import('./top.ts')).topCommand,
  help: async () => (await import('./help.ts')).helpCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
}
