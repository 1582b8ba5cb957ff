// `ipvsadm help WORD`: prints the text on an option, a command, a subcommand or a topic; `help doctor ID`: on a finding.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { describeWord, overview } from '../help/describe.ts'
import { FINDING_TEXTS } from '../help/texts.ts'
import { UsageError } from '../model/errors.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export async function run({ _: words }: OptionValues, system: System): Promise<CommandOutcome> {
  const [word, id, more] = words as readonly (string | undefined)[]
  const ofFinding = word === 'doctor' && id !== undefined
  const text = ofFinding ? FINDING_TEXTS.get(id) : word === undefined ? overview() : describeWord(word)
  if (text === undefined || more !== undefined || (id !== undefined && !ofFinding)) {
    throw new UsageError(`there is no help on \`${more ?? id ?? word}'; see \`ipvsadm help'`)
  }
  system.writeOutput(text)
  return 'done'
}
