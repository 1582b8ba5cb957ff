// Input shared by the operations on rule files: the file's text and the values of their options.
import { refuse } from '../grammar/refusals.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { parseNumber } from '../grammar/values.ts'
import { decodeText } from '../model/bytes.ts'
import type { PlanOptions } from '../reconcile/plan.ts'
import { parseScope, type Scope } from '../reconcile/scope.ts'
import type { System } from '../system/system.ts'
import type { RestoreOptions } from './restore.ts'

/** The whole text of a file; `-` is stdin. Throws a UsageError when it cannot be read. */
export const readText = (path: string, system: System): string => decodeText(readBytes(path, system))

/** The same in bytes. */
export function readBytes(path: string, system: System): Uint8Array {
  if (path === '-') return system.readInput()
  try {
    return system.readFile(path)
  } catch (error) {
    return refuse(`cannot read ${path}: ${(error as Error).message}`)
  }
}

/** Throws a UsageError when a value is refused. */
export function readPlanOptions(args: OptionValues): PlanOptions & { readonly scope?: Scope } {
  const scopes = (args.scope ?? []) as readonly string[]
  return {
    keepWeights: args['keep-weights'] === true,
    ...(scopes.length > 0 && { scope: readScope(scopes) }),
  }
}

/** Throws a UsageError when a value is refused. */
export function readRestoreOptions(args: OptionValues): RestoreOptions {
  return {
    ...readPlanOptions(args),
    keepGoing: args['keep-going'] === true,
    verbose: args.verbose === true,
    wait: args.wait === undefined ? DEFAULT_WAIT : readWait(String(args.wait)),
  }
}

/** Seconds. */
const DEFAULT_WAIT = 10
const MAX_WAIT = 24 * 60 * 60

function readWait(value: string): number {
  return (
    parseNumber(value, 0, MAX_WAIT) ??
    refuse(`invalid wait time \`${value}': must be an integer from 0 to ${MAX_WAIT}`)
  )
}

/** Throws a UsageError when a word is refused. */
export function readScope(words: readonly string[]): Scope {
  const scope = parseScope(words)
  return 'illegal' in scope
    ? refuse(`invalid scope \`${scope.illegal}': must be a network, tcp, udp, sctp or fwmark:FIRST-LAST`)
    : scope
}
