// The subcommands by name. A first word that is none of these belongs to the classic grammar.
import type { Subcommand } from './subcommand.ts'

export const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
}
