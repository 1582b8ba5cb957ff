// All checks, in the order in which a person would look. Each is a pure function of the facts and reports nothing
// where they are unknown.
import { connectionChecks } from './connection-checks.ts'
import type { Facts } from './facts.ts'
import type { Check, Finding } from './finding.ts'
import { firewallChecks } from './firewall-checks.ts'
import { moduleChecks } from './module-checks.ts'
import { networkChecks } from './network-checks.ts'
import { precedenceChecks } from './precedence-checks.ts'
import { probeChecks } from './probe-checks.ts'
import { settingChecks } from './setting-checks.ts'
import { syncChecks } from './sync-checks.ts'
import { tableChecks } from './table-checks.ts'
import { tunnelChecks } from './tunnel-checks.ts'

export const CHECKS: readonly Check[] = [
  ...moduleChecks,
  ...networkChecks,
  ...tunnelChecks,
  ...firewallChecks,
  ...probeChecks,
  ...precedenceChecks,
  ...tableChecks,
  ...connectionChecks,
  ...settingChecks,
  ...syncChecks,
]

export interface Diagnosis {
  readonly check: Check
  readonly finding: Finding
}

const SEVERITIES = ['error', 'warning', 'note'] as const

/** All findings: errors first, and within a severity in the checks' order, so that a cause precedes its effects. */
export function diagnose(facts: Facts): Diagnosis[] {
  const findings: Diagnosis[] = []
  for (const check of CHECKS) for (const finding of check.find(facts)) findings.push({ check, finding })
  return SEVERITIES.flatMap((severity) => findings.filter(({ check }) => check.severity === severity))
}
