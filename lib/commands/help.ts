// `ipvsadm help WORD`: the text on an option, a command, a subcommand or a topic.

import { describeWord, overview } from '../help/describe.ts'
import { UsageError } from '../model/errors.ts'
import { STATUS } from '../status.ts'
import type { Subcommand } from './subcommand.ts'

export const helpCommand: Subcommand = {
  usage: 'help [word]',
  summary: 'explain an option, a command or a topic',
  // What is asked about may be an option of the classic grammar.
  verbatim: true,
  options: (yargs) =>
    yargs.positional('word', { type: 'string', describe: 'such as nat, weight, -w or add-service' }),
  async run({ _: words }, system) {
    const [word, more] = words as readonly (string | undefined)[]
    const text = word === undefined ? await overview() : await describeWord(word)
    if (text === undefined || more !== undefined) {
      throw new UsageError(`there is no help on \`${more ?? word}'; see \`ipvsadm help'`)
    }
    system.writeOutput(text)
    return STATUS.done
  },
}
