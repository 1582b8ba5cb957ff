// `ipvsadm doctor`: reports faults that prevent this director from balancing, each with its evidence and a fix.
import { diagnose } from '../doctor/checks.ts'
import { gatherFacts } from '../doctor/facts.ts'
import { reportJson, reportScript, reportText } from '../doctor/format-findings.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { UsageError } from '../model/errors.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export async function run({ json, fix }: OptionValues, system: System): Promise<CommandOutcome> {
  if (json === true && fix === true) throw new UsageError('--fix and --json exclude each other')
  const facts = await gatherFacts(system)
  const findings = diagnose(facts)
  const report = json === true ? reportJson : fix === true ? reportScript : reportText
  system.writeOutput(report(findings, facts))
  return findings.some(({ check }) => check.severity !== 'note') ? 'found' : 'done'
}
