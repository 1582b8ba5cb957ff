// `ipvsadm doctor`: reports faults that prevent this director from balancing, each with its evidence and a fix.
import { diagnose } from '../doctor/checks.ts'
import { gatherFacts } from '../doctor/facts.ts'
import { reportJson, reportScript, reportText } from '../doctor/format-findings.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { UsageError } from '../model/errors.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

/** The time for the answer of a real server, in seconds: the default and the maximum. */
const PROBE_TIMEOUT = 3
const LONGEST_PROBE = 3600

export async function run(
  { json, fix, probe, timeout }: OptionValues,
  system: System,
): Promise<CommandOutcome> {
  if (json === true && fix === true) throw new UsageError('--fix and --json exclude each other')
  if (timeout !== undefined && probe !== true) throw new UsageError('--timeout is an option of --probe')
  const seconds = Number(timeout ?? PROBE_TIMEOUT)
  if (!(seconds > 0 && seconds <= LONGEST_PROBE)) {
    throw new UsageError(`--timeout: must be a number of seconds up to ${LONGEST_PROBE}`)
  }
  const facts = await gatherFacts(system, probe === true ? seconds * 1000 : undefined)
  const findings = diagnose(facts)
  const report = json === true ? reportJson : fix === true ? reportScript : reportText
  system.writeOutput(report(findings, facts))
  return findings.some(({ check }) => check.severity !== 'note') ? 'found' : 'done'
}
