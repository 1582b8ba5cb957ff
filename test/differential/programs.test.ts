// Patterns of programs in the field, applied to our output, find the entries, and the same as in the original's output.
// docs/compatibility.md lists what each program relies on.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Arena } from './support/arena.ts'
import * as programs from './support/programs.ts'
import type { Outcome, Step } from './support/step.ts'

const step = (line: string, input?: string): Step => ({
  program: 'ipvsadm',
  words: line === '' ? [] : line.split(' '),
  ...(input !== undefined && { input }),
})

const TABLE = `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -i -w 0
-a -t 192.0.2.1:80 -r 10.0.0.3:8080 -m -w 65535
-A -t 192.0.2.1:443 -s wlc -p 300
-A -u 192.0.2.1:53 -s wrr -p 50 -M 255.255.0.0
-a -u 192.0.2.1:53 -r 10.0.0.1:53 -m -w 1
-A -t [2001:db8::1]:80 -s sh -p 60 -M 64
-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -g -w 1
-A -f 1 -s wlc
-a -f 1 -r 10.0.0.1:0 -g -w 1
-A -f 2 -6 -s rr
-A -t 192.0.2.2:70 -s mh -b flag-1,flag-2
-a -t 192.0.2.2:70 -r 10.0.0.7:70 -i -w 1
`

let arena: Arena
beforeAll(async () => {
  arena = await Arena.start()
  expect(await arena.ours([step('-R', TABLE)])).toEqual([{ status: 0, stdout: '', stderr: '' }])
})
afterAll(async () => await arena.stop())

/** The output of ours; of the original's, the program reads the same. Both streams, as `2>&1` has them. */
async function reads<T>(line: string, read: (output: string) => T): Promise<T> {
  const [ours] = await arena.ours([step(line)])
  const [reference] = await arena.reference([step(line)], 'ours')
  const both = ({ stderr, stdout }: Outcome) => read(stderr + stdout)
  expect(both(ours!)).toEqual(both(reference!))
  return both(ours!)
}

describe('patterns', () => {
  it('ldirectord: services and real servers', async () => {
    expect(await reads('-L -n', programs.ldirectord)).toEqual({
      '192.0.2.1:80 tcp': {
        scheduler: 'rr',
        real: { '10.0.0.1:80': 'Route 5', '10.0.0.2:80': 'Tunnel 0', '10.0.0.3:8080': 'Masq 65535' },
      },
      '192.0.2.1:443 tcp': { scheduler: 'wlc', persistent: '300', real: {} },
      '192.0.2.1:53 udp': {
        scheduler: 'wrr',
        persistent: '50',
        netmask: '255.255.0.0',
        real: { '10.0.0.1:53': 'Masq 1' },
      },
      '[2001:db8::1]:80 tcp': {
        scheduler: 'sh',
        persistent: '60',
        netmask: '64',
        real: { '[2001:db8::2]:80': 'Route 1' },
      },
      '1 fwm': { scheduler: 'wlc', real: { '10.0.0.1:0': 'Route 1' } },
      '2 IPv6 fwm': { scheduler: 'rr', real: {} },
      '192.0.2.2:70 tcp': { scheduler: 'mh', real: { '10.0.0.7:70': 'Tunnel 1' } },
    })
  })

  it('ldirectord: thresholds', async () => {
    const thresholds = await reads('-L -n --thresholds', programs.ldirectordThresholds)
    expect(thresholds).toMatchObject({ '10.0.0.1:80': '0 0', '[2001:db8::2]:80': '0 0' })
  })

  it('ldirectord: adding an existing server fails, and then it is edited', async () => {
    const words = '-t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5'
    const [added, edited] = await arena.ours([step(`-a ${words}`), step(`-e ${words}`)])
    expect(added).toEqual({ status: 255, stdout: '', stderr: 'Destination already exists\n' })
    expect(edited).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('Salt: existing entries, by the words that made them', async () => {
    const wanted = [
      '-t 192.0.2.1:80 -s rr',
      '-u 192.0.2.1:53',
      '-f 1',
      '-t 192.0.2.1:80 -r 10.0.0.2:80 -i -w 0',
    ]
    const found = await reads('-S -n', (rules) =>
      wanted.map((words) => programs.salt(`${rules.replaceAll('\n', ' \n')}`, words)),
    )
    expect(found).toEqual([true, true, true, true])
    expect(await reads('-S -n', (rules) => programs.salt(rules, '-t 192.0.2.1:8'))).toBe(false)
  })

  it('Octavia: UDP counters by the names of the columns', async () => {
    const names = ['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes']
    const { '192.0.2.1:53': service } = await reads('-Ln --stats --exact', programs.octavia)
    expect(service!.listener).toEqual({
      Prot: 'UDP',
      'LocalAddress:Port': '192.0.2.1:53',
      ...Object.fromEntries(names.map((name) => [name, '0'])),
    })
    expect(service!.members[0]).toEqual({
      'RemoteAddress:Port': '10.0.0.1:53',
      ...Object.fromEntries(names.map((name) => [name, '0'])),
    })
  })

  it('Zabbix: a column of the rows that match', async () => {
    expect(await reads('-L -n', (listing) => programs.awkColumn(listing, '10.0.0.3:8080', 5))).toEqual(['0'])
    expect(await reads('-L -n', (listing) => programs.awkColumn(listing, '10.0.0.3:8080', 4))).toEqual([
      '65535',
    ])
    expect(await reads('-L -n', (listing) => programs.awkColumn(listing, 'TCP  ', 2))).toEqual([
      '192.0.2.1:80',
      '192.0.2.1:443',
      '192.0.2.2:70',
      '[2001:db8::1]:80',
    ])
  })

  it('Nagios: how many real servers', async () => {
    expect(await reads('-L -n', (listing) => programs.nagiosServers(listing, '192.0.2.1:80'))).toBe(3)
    expect(await reads('-L -n', (listing) => programs.nagiosServers(listing, '192.0.2.1:443'))).toBe(0)
  })

  it('Ravel: seven words of a service, ten of a real server', async () => {
    const { services, servers } = await reads('-Sn', programs.ravel)
    expect(services).toContain('192.0.2.2:70 mh mh-fallback,mh-port 7')
    expect(servers).toContain('192.0.2.2:70 10.0.0.7:70 -i 1 10')
  })

  it('scripts on connections: the columns', async () => {
    expect(await reads('-Lnc', programs.connectionTitles)).toEqual([
      'pro',
      'expire',
      'state',
      'source',
      'virtual',
      'destination',
    ])
  })

  it('start scripts: the version', async () => {
    expect(await reads('-v', programs.version)).toEqual(['1.31', '1.2.1'])
    expect(await reads('-h', programs.version)).toEqual(['1.31', '1.2.1'])
  })

  it("keepalived's and others' checks: an unknown service is status 1, a known one 0", async () => {
    const outcomes = await arena.ours([step('-Ln -t 192.0.2.9:80'), step('-Ln -t 192.0.2.1:80')])
    expect(outcomes.map(({ status }) => status)).toEqual([1, 0])
  })

  it('PyBal: a delete that may fail, before the add', async () => {
    const rules = programs.pybal('192.0.2.200:80', ['10.0.0.1', '10.0.0.2'])
    const [first, second] = await arena.ours([step('-R', rules), step('-R', rules)])
    expect(first!.status).toBe(0)
    expect(second).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(
      await reads('-Ln -t 192.0.2.200:80', (listing) => programs.nagiosServers(listing, '192.0.2.200:80')),
    ).toBe(2)
  })
})
