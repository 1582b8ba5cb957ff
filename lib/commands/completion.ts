// `ipvsadm completion SHELL`: the script that makes the shell complete command lines; and what that script asks.
import { complete } from '../help/complete.ts'
import { liveValues } from '../help/live-values.ts'
import { completionScript, SHELLS } from '../help/shells.ts'
import { STATUS } from '../status.ts'
import type { Subcommand } from './subcommand.ts'

/** Stands in the place of a shell's name when the script of one asks. */
const WORDS = 'words'

export const completionCommand: Subcommand = {
  usage: 'completion <shell>',
  summary: 'print the completion script of a shell',
  options: (yargs) =>
    yargs.positional('shell', {
      choices: [...SHELLS, WORDS],
      describe: `bash, zsh or fish; their scripts themselves ask \`${WORDS} -- LINE', a command line so far`,
    }),
  async run({ shell, _: words }, system) {
    const known = SHELLS.find((one) => one === shell)
    if (known !== undefined) {
      system.writeOutput(completionScript(known))
      return STATUS.done
    }
    const candidates = await complete(words as readonly string[], liveValues(system))
    system.writeOutput(
      candidates.map(({ value, text }) => `${text === '' ? value : `${value}\t${text}`}\n`).join(''),
    )
    return STATUS.done
  },
}
