// `ipvsadm serve` and `metrics` on a real kernel, with real connections: their values are those of the listing.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Shell, startDirector, whileListed } from '../support/director-guest.ts'
import { Guest } from '../support/guest.ts'
import { until } from '../support/until.ts'

const RULES = `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 127.0.0.1:8080 -m
`
let guest: Guest
let shell: Shell

beforeAll(async () => {
  guest = await Guest.start()
  shell = await startDirector(guest, RULES)
  await shell('for i in 1 2 3 4 5; do curl -s http://192.0.2.1/; done')
  await shell(
    'mkfifo /run/said && { ipvsadm serve --listen 9456 >/run/said 2>/run/errors & echo $! >/run/pid; } && head -n 1 /run/said',
  )
})

afterAll(async () => {
  await guest?.stop()
})

const COUNTERS = ['connections', 'inPackets', 'outPackets', 'inBytes', 'outBytes']
const METRICS = ['connections', 'incoming_packets', 'outgoing_packets', 'incoming_bytes', 'outgoing_bytes']

describe('ipvsadm serve', () => {
  it('has the counters of the listing, at /api/table and at /metrics', async () => {
    const { counters, value } = await whileListed(shell, 5, async () => ({
      table: JSON.parse(await shell('curl -s http://127.0.0.1:9456/api/table')),
      metrics: await shell('curl -s http://127.0.0.1:9456/metrics'),
    }))
    const [service, server] = counters
    const { table, metrics } = value
    const [found] = table.services
    expect(COUNTERS.map((name) => `${found.stats[name]}`)).toEqual(service)
    expect(COUNTERS.map((name) => `${found.destinations[0].stats[name]}`)).toEqual(server)
    const metric = (name: string) =>
      new RegExp(`^${name}\\{[^}]*service="192.0.2.1:80"[^}]*\\} (\\S+)$`, 'm').exec(metrics)?.[1]
    expect(METRICS.map((name) => metric(`ipvs_service_${name}_total`))).toEqual(service)
    expect(METRICS.map((name) => metric(`ipvs_server_${name}_total`))).toEqual(server)
    expect(metrics).toMatch(/^ipvs_connections_total 5$/m)
  })

  // It reads once a second: the second reading after it is within two seconds. The kernel publishes its counters every two
  // seconds, and later when the machine is busy, so that a single connection may come to be seen later.
  it('shows a new connection with one of the next two readings', async () => {
    const counts: number[] = []
    while (counts.length < 20 && !(counts.at(-1)! <= 2)) {
      const text = await shell(`
        { curl -sN --max-time 900 http://127.0.0.1:9456/events & } | {
          grep -m 1 '^event: change' >/dev/null
          curl -s http://192.0.2.1/ >/dev/null; date +%s%3N
          sed -n '/^data: {"at":/{h; s/^data: {"at":\\([0-9]*\\).*/\\1/p; x; /"connections":${6 + counts.length},/{s/.*/shown/p; q}}'
        }`)
      const [made, ...readings] = text.trim().split('\n')
      expect(readings.pop()).toBe('shown')
      counts.push(readings.filter((at) => Number(at) >= Number(made)).length)
    }
    expect(counts.at(-1)).toBeLessThanOrEqual(2)
  })

  it('has the size of the connection table as the listing has it, also when the kernel changes it', async () => {
    const listed = async () => /size=(\d+)/.exec(await shell('ipvsadm -Ln'))?.[1]
    const shown = async () =>
      /^ipvs_connection_table_buckets (\d+)$/m.exec(
        await shell('curl -s http://127.0.0.1:9456/metrics?no-connections'),
      )?.[1]
    const before = await listed()
    expect(await shown()).toBe(before)
    // Older kernels never do.
    const factor = '/proc/sys/net/ipv4/vs/conn_lfactor'
    const changes = (await shell(`[ ! -e ${factor} ] || { echo -8 >${factor}; echo yes; }`)) !== ''
    if (changes) await until(async () => (await listed()) !== before)
    // The former answer is given for a while.
    await until(async () => (await shown()) === (await listed()))
  })

  it('ends with SIGTERM, and has complained of nothing', async () => {
    await shell('kill $(cat /run/pid); while kill -0 $(cat /run/pid) 2>/dev/null; do sleep 0.1; done')
    expect(await shell('cat /run/errors')).toBe('')
  })
})

describe('ipvsadm agent', () => {
  const CONFIG = `rules: /run/rules
socket: /run/agent.sock
state: /run/agent.json
interval: 500ms
check: { kind: tcp, interval: 1s, timeout: 900ms, fall: 1 }
serve: { listen: 9457 }
`
  const server = 'protocol="tcp",service="192.0.2.1:80",server="127.0.0.1:8080"'
  /** Asks until one answer has all lines: the agent brings them about one after the other. */
  const until = (path: string, ...lines: readonly string[]) => {
    const found = lines.map((line) => `grep -q '^${line}$' /run/answer`).join(' && ')
    return shell(
      `until curl -s http://127.0.0.1:9457${path} >/run/answer; ${found}; do sleep 0.2; done; cat /run/answer`,
    )
  }
  const promtool = (input: string) => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }

  beforeAll(async () => {
    await shell('cat >/run/rules', RULES)
    await shell('cat >/run/agent.yaml', CONFIG)
    await shell('ipvsadm agent check /run/agent.yaml')
    await shell('{ ipvsadm agent --config /run/agent.yaml >/dev/null 2>/run/log & echo $! >/run/pid; }')
  })

  it('serves its metrics, which promtool takes, and the health of the servers', async () => {
    const metrics = await until('/metrics', `ipvs_server_up{${server}} 1`, 'ipvs_agent_ready 1')
    expect(promtool(metrics)).toEqual({ status: 0, stdout: '', stderr: '' })
    const { health } = JSON.parse(await until('/api/health', '.*"status":"up".*'))
    expect(health).toMatchObject([{ status: 'up', check: { up: true } }])
  })

  it('shows that a server is down, and the change that follows', async () => {
    await shell('kill $(cat /run/web)')
    const metrics = await until(
      '/metrics',
      `ipvs_server_up{${server}} 0`,
      'ipvs_agent_servers{status="down"} 1',
      `ipvs_server_weight{${server}} 0`,
      'ipvs_agent_changes_total [1-9][0-9]*',
    )
    expect(promtool(metrics)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(await shell('curl -sN http://127.0.0.1:9457/events | grep -m 1 -o \'"state":"down"\'')).toBe(
      '"state":"down"\n',
    )
  })

  it('ends with SIGTERM', async () => {
    await shell('kill $(cat /run/pid); while kill -0 $(cat /run/pid) 2>/dev/null; do sleep 0.1; done')
    expect(await shell('tail -n 1 /run/log')).toContain('event=stopped signal=SIGTERM')
  })
})

describe('ipvsadm metrics', () => {
  it.each(['', '--node-exporter-names'])('%s is what promtool takes', async (words) => {
    const text = await shell(`ipvsadm metrics ${words}`)
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('is the same from the standalone executable', async () => {
    // Rates fall and connections end meanwhile: what is equal before and after has not changed in between.
    let own = ''
    let standalone = ''
    for (let before = 'none'; before !== own; ) {
      before = await shell('ipvsadm metrics')
      standalone = await shell('/opt/ipvsadm/dist/standalone/ipvsadm metrics')
      own = await shell('ipvsadm metrics')
    }
    expect(own).toContain('ipvs_server_weight{protocol="tcp",service="192.0.2.1:80",server="127.0.0.1:8080"}')
    expect(standalone).toBe(own)
  })
})
