// What the subcommands on rule files share: the file's text, and options.
import type { Argv } from 'yargs'
import { DEFAULT_WAIT, readScope, readWait } from '../grammar/restore-words.ts'
import { UsageError } from '../model/errors.ts'
import type { Scope } from '../reconcile/scope.ts'
import type { System } from '../system/system.ts'

export type Args = Readonly<Record<string, unknown>>

/** The whole text of a file; `-` is stdin. Throws a UsageError when it cannot be read. */
export function readText(path: string, system: System): string {
  if (path === '-') return system.readInput()
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(system.readFile(path))
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`)
  }
}

export function fileArgument(yargs: Argv): Argv {
  return yargs.positional('file', {
    type: 'string',
    demandOption: true,
    // yargs makes an empty word of a dash.
    coerce: (path: string) => path || '-',
    describe: 'rule lines, as ipvsadm-save prints them, or a JSON document; - is stdin',
  })
}

export function planOptions(yargs: Argv): Argv {
  return yargs
    .option('scope', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'only services of these networks, protocols and firewall marks: 192.0.2.0/24,tcp,fwmark:1-99',
    })
    .option('keep-weights', { type: 'boolean', describe: 'leave the weights of servers that are there' })
}

export function readPlanOptions(args: Args): { keepWeights: boolean; scope?: Scope } {
  const scopes = (args.scope ?? []) as readonly string[]
  return {
    keepWeights: args['keep-weights'] === true,
    ...(scopes.length > 0 && { scope: readScope(scopes) }),
  }
}

export function waitOption(yargs: Argv): Argv {
  return yargs.option('wait', {
    type: 'string',
    requiresArg: true,
    default: String(DEFAULT_WAIT),
    describe: 'seconds to wait for another restore to end',
  })
}

export const readWaitOption = (args: Args): number => readWait(String(args.wait))
