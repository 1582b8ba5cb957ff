// docs/monitoring.md lists the metrics of the table.
import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { AGENT_ROWS } from '../../lib/agent/agent-metrics.ts'
import { FLEET_ROWS } from '../../lib/agent/fleet/fleet-metrics.ts'
import { DIRECTOR_ROWS, HEALTH_ROWS, SERVER_ROWS, SERVICE_ROWS } from '../../lib/metrics/rows.ts'

const ROWS = [...DIRECTOR_ROWS, ...SERVICE_ROWS, ...SERVER_ROWS, ...HEALTH_ROWS, ...AGENT_ROWS, ...FLEET_ROWS]

it.each(ROWS.map(({ name, type, help }) => [name, type, help]))(
  '%s is in docs/monitoring.md',
  (name, type, help) => {
    const line = `| \`${name}\` | ${type} | ${help.replace(/\.$/, '')} |\n`
    expect(readFileSync('docs/monitoring.md', 'utf8')).toContain(line)
  },
)
