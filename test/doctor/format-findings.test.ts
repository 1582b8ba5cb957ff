// The findings of the doctor as text, as JSON and as a script.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import Ajv2020 from 'ajv/dist/2020'
import { CHECKS, type Diagnosis } from '../../lib/doctor/checks.ts'
import { NO_CONNECTIONS } from '../../lib/doctor/facts/connections.ts'
import type { Facts } from '../../lib/doctor/facts.ts'
import type { Finding } from '../../lib/doctor/finding.ts'
import { reportJson, reportScript, reportText } from '../../lib/doctor/format-findings.ts'

const diagnosis = (id: string, finding: Finding): Diagnosis => ({
  check: CHECKS.find((check) => check.id === id)!,
  finding,
})
const findings = [
  diagnosis('forwarding-off', {
    problem: 'no forwarding',
    evidence: 'ip_forward = 0',
    fix: 'sysctl -w net.ipv4.ip_forward=1',
  }),
  diagnosis('direct-routing-arp', {
    problem: 'ARP',
    evidence: 'two\nlines; rm -rf /',
    fix: 'on each real server: sysctl -w a=1',
    manual: true,
  }),
]
const nothing = (table: number, connections: number) =>
  reportText([], {
    table: Array(table),
    connections: { ...NO_CONNECTIONS, total: connections },
  } as Partial<Facts> as Facts)

describe('a report is printed', () => {
  it.each([
    [1, 1, 'nothing found: 1 service, 1 connection\n'],
    [2, 0, 'nothing found: 2 services, 0 connections\n'],
  ])('for a sound director with %i and %i', (services, connections, expected) => {
    expect(nothing(services, connections)).toBe(expected)
  })

  it('as text', () => {
    expect(reportText(findings.slice(0, 1), {} as Facts)).toBe(`error: no forwarding
  evidence: ip_forward = 0
  fix: sysctl -w net.ipv4.ip_forward=1
  see: ipvsadm help doctor forwarding-off
`)
  })

  it('as JSON that keeps to its schema', () => {
    const { $defs } = JSON.parse(readFileSync('docs/ipvsadm.schema.json', 'utf8'))
    const validate = new Ajv2020().compile($defs.findings)
    for (const some of [[], findings]) {
      expect([validate(JSON.parse(reportJson(some))), validate.errors]).toEqual([true, null])
    }
    expect(validate({ findings: [{ id: 'forwarding-off' }] })).toBe(false)
  })

  it('as JSON', () => {
    expect(JSON.parse(reportJson(findings)).findings).toEqual([
      {
        id: 'forwarding-off',
        severity: 'error',
        problem: 'no forwarding',
        evidence: 'ip_forward = 0',
        fix: 'sysctl -w net.ipv4.ip_forward=1',
      },
      expect.objectContaining({ id: 'direct-routing-arp', severity: 'note', manual: true }),
    ])
  })

  it('as a script, with everything but commands in comments', () => {
    const lines = reportScript(findings).split('\n')
    expect(lines[0]).toBe('#!/bin/sh')
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'set -eu',
      'sysctl -w net.ipv4.ip_forward=1',
    ])
  })
})
