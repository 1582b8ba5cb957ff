// `ipvsadm help WORD`: prints the text on an option, a command, a subcommand or a topic.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { describeWord, overview } from '../help/describe.ts'
import { UsageError } from '../model/errors.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export async function run({ _: words }: OptionValues, system: System): Promise<CommandOutcome> {
  const [word, more] = words as readonly (string | undefined)[]
  const text = word === undefined ? overview() : describeWord(word)
  if (text === undefined || more !== undefined) {
    throw new UsageError(`there is no help on \`${more ?? word}'; see \`ipvsadm help'`)
  }
  system.writeOutput(text)
  return 'done'
}
