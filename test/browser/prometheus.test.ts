// A real Prometheus scrapes the monitor and answers queries; the alert rules of docs/monitoring pass their tests.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { figureFamilies } from '../../lib/agent/figure-row.ts'
import { FLEET_ROWS } from '../../lib/agent/fleet/fleet-metrics.ts'
import { Balancer } from '../serve/support/balancer.ts'
import { type FreePorts, freePorts } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { prepareScreen } from './support/scene.ts'

const DASHBOARD = 'docs/monitoring/grafana.json'

let balancer: Balancer
let folder: string
let free: FreePorts
let port: number
let ended: Promise<void>
let stop: () => Promise<void>

beforeAll(async () => {
  balancer = await Balancer.start('')
  await prepareScreen(balancer)
  const groups = [{ name: 'web', revision: 7, behind: false }]
  balancer.families = [...figureFamilies(FLEET_ROWS, { connected: true, groups })]
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
  free = await freePorts(1)
  port = free.ports[0]!
  const target = `127.0.0.1:${balancer.port}`
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `scrape_configs: [{ job_name: ipvs, scrape_interval: 1s, static_configs: [{ targets: ['${target}'] }] }]\n`,
  )
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  stop = async () => {
    child.kill()
    await ended
  }
})
afterAll(async () => {
  await stop?.()
  await balancer?.stop()
  free?.release()
  rmSync(folder, { recursive: true, force: true })
})

interface Vector {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

async function query(text: string): Promise<readonly Vector[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(text)}`)
  const { data, error } = (await answer.json()) as { data?: { result: readonly Vector[] }; error?: string }
  if (data === undefined) throw new Error(`${text}: ${error}`)
  return data.result
}

/** Asks until there is an answer. */
async function answered(text: string): Promise<readonly Vector[]> {
  let result: readonly Vector[] = []
  await until(async () => {
    result = await query(text).catch(() => [])
    if (result.length === 0) await new Promise((resolve) => setTimeout(resolve, 200))
    return result.length > 0
  }, ended)
  return result
}

describe('Prometheus', () => {
  it('scrapes the metrics and answers queries', async () => {
    expect(await answered('up == 1')).toHaveLength(1)
    const weights = await answered('sum by (service) (ipvs_server_weight)')
    expect(Object.fromEntries(weights.map(({ metric, value }) => [metric.service, value[1]]))).toEqual({
      '192.0.2.1:80': '6',
      '[2001:db8::1]:443': '1',
      '192.0.2.53:53': '2',
    })
    const [down] = await answered('ipvs_server_up == 0')
    expect(down!.metric).toMatchObject({ service: '192.0.2.1:80', server: '198.51.100.12:8080' })
    expect(await answered('ipvs_service_connections{state="established"}')).toHaveLength(1)
  })

  it('has something for each query of the dashboard', async () => {
    const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as {
      panels: readonly { title: string; targets: readonly { expr: string }[] }[]
    }
    for (const { title, targets } of dashboard.panels) {
      for (const { expr } of targets) {
        const text = expr
          .replaceAll('$instance', '.*')
          .replaceAll('$service', '.*')
          .replaceAll('$__rate_interval', '30s')
        expect([title, (await answered(text)).length > 0]).toEqual([title, true])
      }
    }
  })
})

describe('the alert rules', () => {
  it('pass their tests', () => {
    const { status, stderr } = spawnSync('promtool', ['test', 'rules', 'docs/monitoring/alerts.test.yml'], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })
})
