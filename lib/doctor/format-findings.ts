// Findings as text, as JSON, and as a shell script.
import { plural } from '../output/units.ts'
import type { Diagnosis } from './checks.ts'
import type { Facts } from './facts.ts'

type Findings = readonly Diagnosis[]

export function reportText(findings: Findings, { table, connections }: Facts): string {
  if (findings.length === 0) {
    return `nothing found: ${plural(table.length, 'service')}, ${plural(connections.total, 'connection')}\n`
  }
  return findings
    .map(
      ({ check: { id, severity }, finding: { problem, evidence, fix } }) =>
        `${severity}: ${problem}\n  evidence: ${evidence}\n  fix: ${fix}\n  see: ipvsadm help doctor ${id}\n`,
    )
    .join('')
}

export function reportJson(findings: Findings): string {
  const document = findings.map(({ check: { id, severity }, finding }) => ({ id, severity, ...finding }))
  return `${JSON.stringify({ findings: document }, null, 2)}\n`
}

/** A script for review before running: each fix follows its reason; fixes that are not commands are comments. */
export function reportScript(findings: Findings): string {
  const parts = findings.map(({ check: { id, severity }, finding: { problem, evidence, fix, manual } }) =>
    [
      comment(`${severity}: ${problem} (${id})`),
      comment(`evidence: ${evidence}`),
      manual === true ? comment(`by hand: ${fix}`) : fix,
    ].join('\n'),
  )
  return [
    '#!/bin/sh',
    comment('Fixes by ipvsadm doctor. Read them before you run them.'),
    'set -eu',
    ...parts,
  ]
    .map((part) => `${part}\n`)
    .join('\n')
}

/** A line that a shell ignores, for any text. */
function comment(text: string): string {
  return `# ${text.replaceAll(/[\r\n]+/g, ' ')}`
}
