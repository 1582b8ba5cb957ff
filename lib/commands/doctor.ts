// `ipvsadm doctor`: what keeps this director from balancing, with the evidence and the command that mends it.
import { diagnose } from '../doctor/checks.ts'
import { gatherFacts } from '../doctor/facts.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export async function run({ json }: OptionValues, system: System): Promise<CommandOutcome> {
  const facts = await gatherFacts(system)
  const findings = diagnose(facts)
  if (json === true) {
    const document = findings.map(({ check: { id, severity }, finding }) => ({ id, severity, ...finding }))
    system.writeOutput(`${JSON.stringify({ findings: document }, null, 2)}\n`)
  } else {
    for (const { check, finding } of findings) {
      system.writeOutput(
        `${check.severity}: ${finding.problem}\n  seen: ${finding.evidence}\n  mend: ${finding.remedy}\n`,
      )
    }
    if (findings.length === 0) {
      system.writeOutput(`nothing found: ${facts.table.length} services, ${facts.connections} connections\n`)
    }
  }
  return findings.some(({ check }) => check.severity !== 'note') ? 'found' : 'done'
}
