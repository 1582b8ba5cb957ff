// `ipvsadm diff FILE`: prints the changes that `apply` would make.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { openClient } from '../ipvs/open-client.ts'
import { describe } from '../output/messages.ts'
import { plan } from '../reconcile/plan.ts'
import { formatPlanJson } from '../reconcile/plan-json.ts'
import { formatSteps } from '../reconcile/plan-lines.ts'
import { previousValues } from '../reconcile/previous.ts'
import { BrokenPipe, type System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'
import { readBytes, readPlanOptions } from './file-options.ts'
import { narrowed, readReported, stateReader } from './restore.ts'

export async function run(args: OptionValues, system: System): Promise<CommandOutcome> {
  const options = readPlanOptions(args)
  const rules = await readReported(readBytes(String(args.file), system), system, 'nothing was compared')
  if (rules === undefined) return 'refused'
  try {
    const wanted = narrowed(rules, options.scope, system)
    const client = await openClient(system)
    const before = await stateReader(wanted, options.scope)(client).finally(() => client.close())
    const steps = plan(before, wanted, options)
    const old = previousValues(before)
    const texts = args.json === true ? formatPlanJson(steps, old) : formatSteps(steps, old)
    for (const text of texts) system.writeOutput(text)
    return steps.length === 0 ? 'done' : 'different'
  } catch (error) {
    if (error instanceof BrokenPipe) throw error
    // All errors have the same status, which differs from that of a difference.
    system.writeError(`${describe(error as Error)}\n`)
    return 'refused'
  }
}
