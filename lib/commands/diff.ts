// `ipvsadm diff FILE`: the changes that `apply` would make.

import { openClient } from '../ipvs/open-client.ts'
import { describe } from '../output/messages.ts'
import { plan } from '../reconcile/plan.ts'
import { formatPlanJson } from '../reconcile/plan-json.ts'
import { formatSteps } from '../reconcile/plan-lines.ts'
import { replaced } from '../reconcile/previous.ts'
import { STATUS } from '../status.ts'
import { BrokenPipe } from '../system/system.ts'
import { fileArgument, planOptions, readPlanOptions, readText } from './file-options.ts'
import { narrowed, readReported, stateReader } from './restore.ts'
import type { Subcommand } from './subcommand.ts'

export const diffCommand: Subcommand = {
  usage: 'diff <file>',
  summary: 'print what apply would change; status 0: nothing, 1: something, 2: trouble',
  options: (yargs) =>
    planOptions(fileArgument(yargs)).option('json', { alias: 'j', type: 'boolean', describe: 'as JSON' }),
  async run(args, system) {
    const options = readPlanOptions(args)
    const rules = await readReported(readText(String(args.file), system), system, 'nothing was compared')
    if (rules === undefined) return STATUS.refused
    try {
      const wanted = narrowed(rules, options.scope, system)
      const client = await openClient(system)
      const before = await stateReader(wanted, options.scope)(client).finally(() => client.close())
      const steps = plan(before, wanted, options)
      const old = replaced(before)
      const texts = args.json === true ? formatPlanJson(steps, old) : formatSteps(steps, old)
      for (const text of texts) system.writeOutput(text)
      return steps.length === 0 ? STATUS.done : STATUS.different
    } catch (error) {
      if (error instanceof BrokenPipe) throw error
      // Every trouble has one status here, or a caller could take it for a difference.
      system.writeError(`${describe(error as Error)}\n`)
      return STATUS.refused
    }
  },
}
