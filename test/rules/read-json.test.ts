// JSON documents → rulesets: the result of the same rule lines, and every error with its place.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { serviceFlag, serviceFlagNames, tunnelFlag, tunnelFlagNames } from '../../lib/model/flag-names.ts'
import { SVC_F } from '../../lib/model/flags.ts'
import { SCHEDULER_FLAGS } from '../../lib/model/scheduler-flags.ts'
import { formatTableJson } from '../../lib/output/listing-json.ts'
import { readDocument } from '../../lib/rules/read-json.ts'
import { readRules } from '../../lib/rules/read-lines.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'
import { tableOf } from '../support/table.ts'

const RULES = `-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0 --pe sip
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 7 -x 100 -y 50
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 0
-A -t [2001:db8::1]:443 -s sh -b sh-port,sh-fallback
-a -t [2001:db8::1]:443 -r [2001:db8::2]:443 -w 100
-A -t [2001:db8::1]:0 -s mh -p 60 -M 64 -b flag-3
-A -f 4000000000 -6 -s mh
-a -f 4000000000 -6 -r 10.0.0.3 -i --tun-type gue --tun-port 6080 --tun-csum
-A -u 192.0.2.9:53 -o -s rr
-A --sctp-service 192.0.2.9:99
`
const document = (rules: string, observed: boolean) =>
  [...formatTableJson(tableOf(rules), { lines: false, observed })].join('')

/** A ruleset without the lines that its parts come from. */
const plain = ({ services, timeouts, daemons }: Awaited<ReturnType<typeof readRules>>['ruleset']) => ({
  services: [...services.values()].map(({ id, config, servers }) => ({
    id,
    config,
    servers: [...servers.values()].map((server) => ({ id: server.id, config: server.config })),
  })),
  timeouts: timeouts?.values,
  daemons: [...daemons.values()].map(({ daemon }) => daemon),
})

describe('a document', () => {
  it.each([true, false])('gives the ruleset of the rule lines (observed: %s)', async (observed) => {
    const read = readDocument(document(RULES, observed))
    expect([read.errors, read.warnings]).toEqual([[], []])
    const lines = await readRules(RULES, { posix: false, names: nodeSystem.names })
    expect(lines.errors).toEqual([])
    expect(plain(read.ruleset)).toEqual(plain(lines.ruleset))
  })

  it('has the defaults of the command line', async () => {
    const text = `{"services":[
      {"protocol":"tcp","address":"192.0.2.1","port":80,
       "destinations":[{"address":"10.0.0.1","forwarding":"masquerade"}]},
      {"fwmark":7,"flags":["persistent"],"destinations":[{"address":"10.0.0.1"}]}],
      "timeouts":{"udp":30},
      "daemons":[{"state":"backup","interface":"eth0"}]}`
    const lines = await readRules(
      `-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1 -m\n-A -f 7 -p\n-a -f 7 -r 10.0.0.1
       --set 0 0 30\n--start-daemon backup --mcast-interface eth0\n`,
      { posix: false, names: nodeSystem.names },
    )
    const read = readDocument(text)
    expect(read.errors).toEqual([])
    expect(plain(read.ruleset)).toEqual(plain(lines.ruleset))
  })

  it('has the lines of its parts', () => {
    const { ruleset } = readDocument(document(RULES, false))
    expect([...ruleset.services.values()].map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7])
    const pretty = JSON.stringify(JSON.parse(document(RULES, false)), null, 2)
    const read = readDocument(pretty)
    const lines = pretty.split('\n')
    for (const { line, servers } of read.ruleset.services.values()) {
      expect(lines[line - 1]).toBe('    {')
      for (const server of servers.values()) expect(lines[server.line - 1]).toBe('        {')
    }
  })

  it('shows the beginning of a long line', () => {
    const read = readDocument(`{"services":[${'{"colour":"red"},'.repeat(1000)}{}]}`)
    expect(read.errors).toHaveLength(1001)
    expect(read.errors.map(({ text }) => text.length)).toEqual(new Array(1001).fill(201))
    expect(read.errors[0]!.text).toMatch(/^\{"services":\[\{"colour".*…$/)
    expect(read.textOf(1)).toBe(read.errors[0]!.text)
  })

  const service = '"protocol":"tcp","address":"192.0.2.1","port":80'
  it.each([
    ['{', 'not JSON: '],
    ['[]', 'must be an object'],
    ['null', 'must be an object'],
    ['{"services":{}}', 'services: must be a list'],
    ['{"services":[7]}', 'services[0]: must be an object'],
    ['{"unknown":1}', 'unknown: unknown field'],
    ['{"connections":[]}', 'connections: unknown field'],
    ['{"format":2}', 'format 2 is newer than 1'],
    ['{"services":[{"address":"192.0.2.1"}]}', 'services[0].protocol: is missing'],
    [
      '{"services":[{"protocol":"icmp","address":"192.0.2.1"}]}',
      'services[0].protocol: must be one of tcp, udp, sctp',
    ],
    ['{"services":[{"protocol":"tcp","address":"192.0.2.1"}]}', 'services[0].port: Zero port'],
    [`{"services":[{${service},"colour":"red"}]}`, 'services[0].colour: unknown field'],
    [`{"services":[{${service},"family":"inet6"}]}`, 'services[0].family: not that of 192.0.2.1'],
    [`{"services":[{${service},"flags":["ops"]}]}`, 'services[0].flags: One-Packet Scheduling'],
    [`{"services":[{${service},"flags":["sh-port"]}]}`, 'services[0].flags: unknown flag "sh-port"'],
    [`{"services":[{${service},"netmask":"24"}]}`, 'services[0].netmask: must be a netmask'],
    [`{"services":[{${service},"scheduler":"a name too long"}]}`, 'services[0].scheduler: must be a name'],
    [`{"services":[{${service},"destinations":{}}]}`, 'services[0].destinations: must be a list'],
    [`{"services":[{${service},"destinations":[{}]}]}`, 'services[0].destinations[0].address: is missing'],
    [
      `{"services":[{${service},"destinations":[{"address":"::1"}]}]}`,
      'destinations[0].address: Different address',
    ],
    [
      `{"services":[{${service},"destinations":[{"address":"10.0.0.1","weight":-1}]}]}`,
      'weight: must be an integer',
    ],
    [
      `{"services":[{${service},"destinations":[{"address":"10.0.0.1","weight":"1"}]}]}`,
      'weight: must be an integer',
    ],
    [`{"services":[{${service}},{${service},"scheduler":"rr"}]}`, 'contradicts line 1'],
    [
      `{"services":[{${service},"destinations":[{"address":"10.0.0.1","forwarding":"tunnel","tunnelType":"gue"}]}]}`,
      'destinations[0].tunnelPort: is missing: a gue tunnel has a port',
    ],
    [
      `{"services":[{${service},"destinations":[{"address":"10.0.0.1","port":8080}]}]}`,
      'destinations[0].port: a server that is reached by direct routing or a tunnel has the port of its service',
    ],
    [`{"services":[{${service},"flags":["0x2"]}]}`, 'services[0].flags: the flag 0x2 is reserved'],
    [`{"services":[{${service},"raw":true,"flags":["0x3"]}]}`, 'services[0].flags: the flag 0x2 is reserved'],
    [`{"services":[{${service},"raw":1}]}`, 'services[0].raw: must be true or false'],
    [
      `{"services":[{${service},"flags":["persistent"],"timeout":2678401}]}`,
      'services[0].timeout: persistence must be from 1 to 2678400 seconds',
    ],
    [
      `{"services":[{${service},"destinations":[{"address":"10.0.0.1","upperThreshold":2147483648}]}]}`,
      'upperThreshold: a threshold must be from 0 to 2147483647',
    ],
    [
      `{"services":[{${service},"scheduler":"${'Ų'.repeat(8)}"}]}`,
      'scheduler: must be a name of at most 15 bytes',
    ],
    [`{"services":[{${service},"scheduler":"rr\\u0000x"}]}`, 'scheduler: must be a name'],
    ['{"timeouts":{"tcp":-1}}', 'timeouts.tcp: must be an integer'],
    ['{"timeouts":7}', 'timeouts: must be an object'],
    ['{"daemons":[{"state":"slave"}]}', 'daemons[0].state: must be one of master, backup'],
  ])('%s is refused', (text, message) => {
    const { errors } = readDocument(text)
    expect(errors.map((error) => error.message).join('\n')).toContain(message)
    expect(errors.every(({ line }) => line === 1)).toBe(true)
  })

  it('never throws, for any text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        readDocument(text)
      }),
    )
  })
})

describe('unused settings', () => {
  const server = '"address":"10.0.0.1","forwarding":"masquerade"'
  it.each([
    ['"timeout":77,"netmask":"0.0.0.0"', `"tunnelType":"gue"`],
    ['"flags":["0x80000000"]', `"tunnelType":"gre","tunnelPort":9,"tunnelFlags":["csum"]`],
  ])('are no contradiction, and no reason for an edit: %s, %s', async (service, tunnel) => {
    const document = (more: string, of: string) =>
      `{"services":[{"protocol":"tcp","address":"192.0.2.1","port":80${more},"destinations":[{${server}${of}}]}]}`
    const kernel = new FakeKernel()
    const apply = (text: string) => run(kernel, 'apply -v -', { input: text })
    expect(await apply(document(`,${service}`, `,${tunnel}`))).toMatchObject({ status: 0, stderr: '' })
    expect(await apply(document('', ''))).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })
})

describe('ipvsadm -S --json | ipvsadm apply -', () => {
  it.each(['-S --json', '-L --json'])('changes nothing (%s)', async (words) => {
    const kernel = new FakeKernel()
    expect((await run(kernel, '-R', { input: RULES })).stderr).toBe('')
    kernel.setCounters('tcp 192.0.2.1:80', { active: 3, inbytes: 2n ** 60n }, '10.0.0.1:8080')
    const { stdout } = await run(kernel, words)
    const before = kernel.snapshot()
    const asked = kernel.requests.length
    expect(await run(kernel, 'apply -', { input: stdout })).toMatchObject({ status: 0, stderr: '' })
    expect(kernel.snapshot()).toEqual(before)
    const requests = kernel.requests.slice(asked).map(({ command }) => String(command))
    expect(requests.filter((command) => /^(NEW|SET|DEL)_(?!DAEMON)|FLUSH|ZERO/.test(command))).toEqual([])
    expect(await run(kernel, 'diff -', { input: stdout })).toMatchObject({ status: 0, stdout: '' })
  })

  it('makes the same table in another kernel', async () => {
    const [here, there] = [new FakeKernel(), new FakeKernel()]
    await run(here, '-R', { input: RULES })
    const { stdout } = await run(here, '-S --json')
    expect(await run(there, 'apply -', { input: stdout })).toMatchObject({ status: 0, stderr: '' })
    expect(there.snapshot()).toEqual(here.snapshot())
  })
})

describe('flags', () => {
  const schedulers = ['rr', 'sh', 'mh']
  it('have names, and names have flags, for every scheduler', () => {
    fc.assert(
      fc.property(fc.constantFrom(...schedulers), fc.nat(0xffff), (scheduler, flags) => {
        const bits = flags & ~SVC_F.HASHED
        const names = serviceFlagNames(bits, scheduler)
        expect(names.reduce((sum, name) => sum | serviceFlag(name, scheduler)!, 0)).toBe(bits)
        const tunnel = tunnelFlagNames(flags)
        expect(tunnel.reduce((sum, name) => sum | tunnelFlag(name)!, 0)).toBe(flags)
      }),
    )
  })

  it('of another scheduler are refused', () => {
    for (const { name, scheduler } of SCHEDULER_FLAGS) {
      expect(serviceFlag(name, 'rr') === undefined).toBe(scheduler !== undefined)
    }
    expect(serviceFlag('constructor', 'rr')).toBeUndefined()
  })
})

it.each(['[', '{"a":'])('nesting of %s deeper than any stack is an error of the file', (open) => {
  const depth = 500_000
  const close = open === '[' ? ']' : '}'
  const { errors } = readDocument(`${open.repeat(depth)}1${close.repeat(depth)}`)
  expect(errors.map(({ line }) => line)).toContain(1)
})

describe('a string of 16 MB', () => {
  const long = 'x'.repeat(16 << 20)
  it.each([
    [
      'as a value',
      JSON.stringify({ services: [{ family: 'inet', protocol: 'tcp', address: long, port: 80 }] }),
    ],
    ['as a key', JSON.stringify({ services: [{ [long]: 1 }] })],
    ['of escapes', `{"services":[{"protocol":"${'\\"'.repeat(8 << 20)}"}]}`],
    ['without an end', `{"${long}`],
  ])('%s is an error of its line like any other', (_, text) => {
    const { errors } = readDocument(`\n${text}`)
    expect(errors.length).toBeGreaterThan(0)
    for (const { line, message } of errors) {
      expect(line).toBeLessThanOrEqual(2)
      expect(message.length).toBeLessThan(500)
    }
  })
})
