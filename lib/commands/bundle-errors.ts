// The outcome of a command that is a bundle of its own when it fails: there its errors are of other classes than those of
// the program that runs it, so their names count.
import type { OutcomeWord } from './command-outcome.ts'

const BY_NAME: Readonly<Record<string, OutcomeWord>> = {
  UsageError: 'refused',
  UnavailableError: 'unavailable',
  BrokenPipe: 'unread',
}

export const outcomeOfError = ({ name }: Error): OutcomeWord => BY_NAME[name] ?? 'failed'
