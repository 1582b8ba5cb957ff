// `ipvsadm completion SHELL`: prints the completion script of a shell. Such a script calls `completion words` for the candidates.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { complete } from '../help/complete.ts'
import { liveValues } from '../help/live-values.ts'
import { COMPLETION_SCRIPTS } from '../help/shells.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export async function run({ shell, _: words }: OptionValues, system: System): Promise<CommandOutcome> {
  const script = new Map(Object.entries(COMPLETION_SCRIPTS)).get(String(shell))
  if (script !== undefined) {
    system.writeOutput(script)
    return 'done'
  }
  const candidates = await complete(words as readonly string[], liveValues(system))
  system.writeOutput(
    candidates.map(({ value, text }) => `${text === '' ? value : `${value}\t${text}`}\n`).join(''),
  )
  return 'done'
}
