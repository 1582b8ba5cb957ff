// The subcommands' files by name, each loaded when it is used; without those that run on Node alone.
import type { NodeSubcommandName, SubcommandName } from '../grammar/subcommand-rows.ts'
import type { Subcommand } from './subcommand.ts'

export const SUBCOMMANDS: Readonly<
  Record<Exclude<SubcommandName, NodeSubcommandName>, () => Promise<Subcommand>>
> = {
  apply: () => import('./apply.ts'),
  check: () => import('./check.ts'),
  drain: () => import('./drain.ts'),
  diff: () => import('./diff.ts'),
  doctor: () => import('./doctor.ts'),
  namespaces: () => import('./namespaces.ts'),
  top: () => import('./top.ts'),
  metrics: () => import('./metrics.ts'),
  help: () => import('./help.ts'),
  completion: () => import('./completion.ts'),
  version: () => import('./version.ts'),
}
