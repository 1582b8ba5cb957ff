// `ipvsadm metrics`: the text over the fake kernel, checked by promtool's rules; what it leaves out.
import { describe, expect, it } from '@jest/globals'
import { exposition, labels, type MetricFamily } from '../../lib/metrics/exposition.ts'
import { ALL, TableMetrics } from '../../lib/metrics/families.ts'
import { parseTotals, TOTALS } from '../../lib/metrics/totals.ts'
import type { Address } from '../../lib/model/address.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../../lib/model/defaults.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { serverKey } from '../../lib/model/server-key.ts'
import { type ServiceId, serviceKey } from '../../lib/model/service.ts'
import { NO_STATS } from '../../lib/model/stats.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const RULES = `
-A -t 192.0.2.1:80 -s rr -p 300
-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 3 -x 100 -y 50
-a -t 192.0.2.1:80 -r 198.51.100.2:8080 -m -w 0
-A -u [2001:db8::1]:53 -s wlc
-a -u [2001:db8::1]:53 -r [2001:db8::2]:53
-A -f 7 -s wlc
-a -f 7 -r 198.51.100.3
--start-daemon master --mcast-interface eth0 --syncid 5
`
const CONNECTIONS = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP 0A090003 2711 C0000201 0050 C6336401 1F90 ESTABLISHED     896
TCP 0A090003 2712 C0000201 0050 C6336401 1F90 ESTABLISHED     896
TCP 0A090003 2713 C0000201 0050 C6336402 1F90 FIN_WAIT        96
TCP 0A090003 0000 C0000201 0050 C6336402 1F90 NONE            96
TCP 0A090003 2714 C0000209 0050 C6336403 0050 SYN_RECV        96
TCP 0A090003 2714 C0000209 0051 C6336409 0050 SYN_RECV        96
IP  0A090003 0000 00000007 0000 C6336403 0000 NONE            96
`
const STATS = `   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
      1f       20       10              2f8              1d4

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       0        0        0                0                0
`

async function metrics(words = ''): Promise<string> {
  const kernel = new FakeKernel()
  await run(kernel, '', { program: 'ipvsadm-restore', input: RULES })
  kernel.setCounters('tcp 192.0.2.1:80', { conns: 2n ** 64n - 1n, inbytes: 17n })
  kernel.setCounters('tcp 192.0.2.1:80', { active: 2, inactive: 1, cps: 4n }, '198.51.100.1:8080')
  const { status, stdout, stderr } = await run(kernel, `metrics ${words}`, {
    machine: {
      readChunks: () => [Buffer.from(CONNECTIONS)],
      readFile: (path) => Buffer.from(path === TOTALS ? STATS : CONNECTIONS),
    },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

const lines = (text: string, pattern: RegExp) => text.split('\n').filter((line) => pattern.test(line))

describe('ipvsadm metrics', () => {
  it('has the counters of services and the state of servers', async () => {
    const text = await metrics()
    expect(text).toContain(
      'ipvs_service_connections_total{protocol="tcp",service="192.0.2.1:80"} 18446744073709551615\n',
    )
    const server = '{protocol="tcp",service="192.0.2.1:80",server="198.51.100.1:8080"}'
    expect(text).toContain(`ipvs_server_weight${server} 3\n`)
    expect(text).toContain(`ipvs_server_active_connections${server} 2\n`)
    expect(text).toContain(`ipvs_server_connections_per_second${server} 4\n`)
    expect(lines(text, /^ipvs_server_upper_threshold/)).toEqual([`ipvs_server_upper_threshold${server} 100`])
    expect(text).toContain('{protocol="udp",service="[2001:db8::1]:53",server="[2001:db8::2]:53"}')
    expect(text).toContain(
      'ipvs_service_info{protocol="tcp",service="192.0.2.1:80",scheduler="rr",flags="persistent"} 1',
    )
  })

  it('has the totals, the table of connections and the sync daemons', async () => {
    const text = await metrics()
    expect(text).toContain('\nipvs_connections_total 31\n')
    expect(text).toContain('\nipvs_connection_table_buckets 4096\n')
    expect(text).toContain('\nipvs_connection_table_entries 7\n')
    expect(text).toContain('\nipvs_connection_table_unassigned_entries 1\n')
    expect(text).toContain('\nipvs_sync_daemon{role="master",interface="eth0",sync_id="5"} 1\n')
    expect(text).toContain('\nipvs_sync_daemon{role="backup"} 0\n')
  })

  it('counts connections by service and state, those of a mark by their server, and templates apart', async () => {
    const text = await metrics()
    expect(lines(text, /^ipvs_service_(connections|persistence_templates)\{/).sort()).toEqual([
      'ipvs_service_connections{protocol="fwmark",service="7",state="syn_recv"} 1',
      'ipvs_service_connections{protocol="tcp",service="192.0.2.1:80",state="established"} 2',
      'ipvs_service_connections{protocol="tcp",service="192.0.2.1:80",state="fin_wait"} 1',
      'ipvs_service_persistence_templates{protocol="fwmark",service="7"} 1',
      'ipvs_service_persistence_templates{protocol="tcp",service="192.0.2.1:80"} 1',
    ])
  })

  it('leaves out what is not asked for', async () => {
    const scoped = await metrics('--scope udp')
    expect(scoped).not.toContain('192.0.2.1:80')
    expect(scoped).toContain('[2001:db8::1]:53')
    const bare = await metrics('--no-servers 192.0.2.0/24,fwmark --no-servers ::/0 --no-connections')
    expect(lines(bare, /ipvs_server_|state=|ipvs_connection_table_entries/)).toEqual([])
    expect(bare).toContain('ipvs_service_connections_total{protocol="fwmark",service="7"} 0')
  })

  it("has node_exporter's names on request", async () => {
    const text = await metrics('--node-exporter-names')
    expect(text).not.toMatch(/^ipvs_/m)
    expect(text).toContain('node_ipvs_connections_total 31\n')
    expect(text).toContain(
      'node_ipvs_backend_weight{local_address="192.0.2.1",local_port="80",proto="TCP",remote_address="198.51.100.1",remote_port="8080"} 3\n',
    )
    expect(text).toContain(
      '{local_port="0",local_mark="00000007",proto="FWM",remote_address="198.51.100.3",remote_port="0"} 1',
    )
  })

  it('names every family once, and every sample once', async () => {
    for (const text of [await metrics(), await metrics('--node-exporter-names')]) {
      const families = lines(text, /^# TYPE/)
      expect(new Set(families).size).toBe(families.length)
      const samples = lines(text, /^[^#]/).map((line) => line.replace(/ \S+$/, ''))
      expect(new Set(samples).size).toBe(samples.length)
    }
  })

  it('refuses a scope that is none', async () => {
    const { status, stderr } = await run(new FakeKernel(), 'metrics --scope nonsense')
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('invalid scope `nonsense'),
    })
  })

  it('has neither totals nor connections if the kernel has no such files', async () => {
    const none = () => {
      throw new Error('ENOENT')
    }
    const { status, stdout } = await run(new FakeKernel(), 'metrics', {
      machine: { readChunks: none, readFile: none },
    })
    expect(status).toBe(0)
    expect(stdout).toContain('ipvs_info{version="1.2.1"} 1')
    expect(stdout).not.toContain('ipvs_connections_total')
  })
})

describe('the text format', () => {
  it('escapes labels and help', () => {
    const family: MetricFamily = {
      name: 'a',
      type: 'gauge',
      help: 'back\\slash\nline',
      labels: [labels({ x: 'q"b\\n\n', empty: '' })],
      values: [1n],
    }
    expect([...exposition([family])].join('')).toBe(
      '# HELP a back\\\\slash\\nline\n# TYPE a gauge\na{x="q\\"b\\\\n\\n"} 1\n',
    )
  })

  it('leaves out a family without samples', () => {
    const family = { name: 'a', type: 'gauge', help: '' } as const
    expect([...exposition([{ ...family, labels: [], values: [] }])]).toEqual([])
    expect([...exposition([{ ...family, labels: [''], values: [undefined] }])]).toEqual([])
  })
})

describe('the metrics of a table', () => {
  const at = (text: string) => {
    const [address, port] = text.split(':') as [Address, string]
    return { family: 'inet', address, port: Number(port) } as const
  }
  const service = (text: string) => ({ ...at(text), protocol: 'tcp' }) as const
  const director = {
    info: { version: 0x010201, connectionTableSize: 4096 },
    daemons: [],
    timeouts: { tcp: 1, tcpFin: 2, udp: 3 },
  }
  const up = { status: 'up', since: new Date(0) } as const
  const pairs = [
    ['192.0.2.1:80', '198.51.100.2:80'],
    ['192.0.2.1:80', '198.51.100.1:80'],
    ['192.0.2.9:80', '198.51.100.1:80'],
  ] as const
  const servers = pairs.map(([of, name]) => ({ service: service(of), server: at(name) }))
  const checked = {
    servers,
    health: new Map(servers.map(({ service, server }) => [serverKey(service, server), up])),
  }
  const entry: VirtualService = {
    service: {
      id: service('192.0.2.1:80'),
      config: { ...SERVICE_DEFAULTS, netmask: hostNetmask('inet') },
      observed: { stats: { ...NO_STATS, inBytes: 2n ** 53n + 1n } },
    },
    destinations: [
      {
        id: at('198.51.100.1:80'),
        config: DESTINATION_DEFAULTS,
        observed: { activeConnections: 1, inactiveConnections: 2, persistentConnections: 0, stats: NO_STATS },
      },
    ],
  }
  const take = (metrics: TableMetrics) => {
    metrics.service(entry.service)
    metrics.servers(entry.destinations)
  }
  const textOf = (metrics: TableMetrics) => [...exposition(metrics.families(director))].join('')

  it('have the checked servers of the table before the others, each time they are asked for', () => {
    const metrics = new TableMetrics(ALL, checked)
    take(metrics)
    const text = textOf(metrics)
    expect(lines(text, /^ipvs_server_up/)).toEqual([
      'ipvs_server_up{protocol="tcp",service="192.0.2.1:80",server="198.51.100.1:80"} 1',
      'ipvs_server_up{protocol="tcp",service="192.0.2.1:80",server="198.51.100.2:80"} 1',
      'ipvs_server_up{protocol="tcp",service="192.0.2.9:80",server="198.51.100.1:80"} 1',
    ])
    expect(textOf(metrics)).toBe(text)
  })

  it('leave out checked servers of services that are hidden', () => {
    const hides = ({ id }: { readonly id: ServiceId }) => serviceKey(id) === 'tcp 192.0.2.9 80'
    const metrics = new TableMetrics({ ...ALL, hidesService: hides }, checked)
    take(metrics)
    expect(lines(textOf(metrics), /192\.0\.2\.9/)).toEqual([])
  })

  it('have exact numbers of any size', () => {
    const metrics = new TableMetrics()
    take(metrics)
    expect(textOf(metrics)).toContain('service="192.0.2.1:80"} 9007199254740993\n')
  })
})

describe('the totals', () => {
  it.each(['', 'a\nb\n', STATS.replace('1f', 'xy'), STATS.replace('1f', '')])(
    'are not guessed: %j',
    (text) => {
      expect(parseTotals(text)).toBeUndefined()
    },
  )
})
