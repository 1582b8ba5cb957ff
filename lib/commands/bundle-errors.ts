// Failures of a command that is a bundle of its own: there errors are of other classes than those of the program that
// runs it, so their names count.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { KernelError, ListingError, TransportError, UnavailableError, UsageError } from '../model/errors.ts'
import { describeInLine } from '../output/messages.ts'
import { visible } from '../output/visible.ts'
import { BrokenPipe, type System } from '../system/system.ts'
import type { CommandOutcome, OutcomeWord } from './command-outcome.ts'

const BY_NAME: Readonly<Record<string, OutcomeWord>> = {
  UsageError: 'refused',
  UnavailableError: 'unavailable',
  BrokenPipe: 'unread',
}

/** Does the work in the bundle. Reports its failure in one line; where the words request JSON, throws it. */
export async function runBundle(
  name: string,
  args: OptionValues,
  system: System,
  work: () => Promise<CommandOutcome>,
): Promise<CommandOutcome> {
  try {
    return await work()
  } catch (error) {
    if (args.json === true) throw error
    const { name: kind } = error as Error
    if (kind !== 'BrokenPipe')
      system.writeError(`${name}: ${visible(describeInLine(error as Error), 1000)}\n`)
    return BY_NAME[kind] ?? 'failed'
  }
}

const CLASSES: Readonly<Record<string, { readonly prototype: Error } | undefined>> = {
  BrokenPipe,
  KernelError,
  ListingError,
  TransportError,
  UnavailableError,
  UsageError,
}

/** An error of a bundle as the same error of this program, with the name of the command in its message. */
export function ownError(name: string, error: Error): Error {
  const { prototype } = CLASSES[error.name] ?? Error
  return Object.setPrototypeOf(Object.assign(error, { message: `${name}: ${error.message}` }), prototype)
}
