// Listings and errors as JSON, checked against the documented schema.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import Ajv2020 from 'ajv/dist/2020'
import { OPTIONS } from '../../lib/grammar/option-rows.ts'
import { DAEMON, DESTINATION, SERVICE, stats, TIMEOUTS } from '../../lib/ipvs/schema.ts'
import { SCHEDULER_FLAGS } from '../../lib/model/scheduler-flags.ts'
import { jsonText } from '../../lib/output/listing-json.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { type RunOptions, run } from '../support/run.ts'

const schema: {
  readonly $defs: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>
} = JSON.parse(readFileSync('docs/ipvsadm.schema.json', 'utf8'))
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true })
const isDocument = ajv.compile(schema)
const isPart = (name: string) => ajv.compile({ ...schema, $ref: `#/$defs/${name}`, ...NO_TOP })
const NO_TOP = {
  oneOf: undefined,
  properties: undefined,
  required: undefined,
  additionalProperties: undefined,
  type: undefined,
}

const RULES = `-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0 --pe sip
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 7 -x 100 -y 50
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 0
-A -t [2001:db8::1]:443 -s sh -b sh-port,sh-fallback
-a -t [2001:db8::1]:443 -r [2001:db8::2]:443 -w 100
-A -f 4000000000 -6 -s mh -b flag-3
-a -f 4000000000 -6 -r [2001:db8::3]:0 -i --tun-type gue --tun-port 6080 --tun-csum
-A -u 192.0.2.9:53 -o -s rr
-A --sctp-service 192.0.2.9:99
`

const LIST = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP 0A090003 2711 C0000201 0050 0A090002 1F90 ESTABLISHED     896
IP  0A090003 0000 00000007 0000 0A090002 0000 NONE             42
UDP 20010DB8000000000000000000000003 0000 20010DB8000000000000000000000001 13C4 20010DB8000000000000000000000002 13C4 UDP 59 sip a\u001b\u009bb
`.replace(/\b20010DB8(\w{24})\b/g, (hex) => hex.replace(/(\w{4})(?=\w)/g, '$1:'))

async function director(): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  const outcome = await run(kernel, '-R', { input: RULES })
  expect(outcome).toMatchObject({ status: 0, stderr: '' })
  return kernel
}

async function ask(words: string, kernel: FakeKernel, options?: RunOptions): Promise<string> {
  const { status, stdout, stderr } = await run(kernel, words, options)
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

const withList = { machine: { readChunks: () => [Buffer.from(LIST, 'latin1')] } }

describe('the document', () => {
  it.each([
    ['-L --json', {}],
    ['-Lj', {}],
    ['-L -n --stats --rate --json', {}],
    ['-L --json -t 192.0.2.1:80', {}],
    ['-L --timeout --json', {}],
    ['-L --daemon --json', {}],
    ['-S --json', {}],
    ['-L -c --json', withList],
  ])('%s conforms to the schema', async (words, options) => {
    const kernel = await director()
    await ask('--start-daemon master --mcast-interface eth0 --syncid 7 --mcast-group ff02::81', kernel)
    const document: unknown = JSON.parse(await ask(words, kernel, options))
    isDocument(document)
    expect(isDocument.errors ?? []).toEqual([])
  })

  it('has one object a line with --json-lines, each as in the document', async () => {
    const kernel = await director()
    await ask('--start-daemon backup --mcast-interface eth0', kernel)
    for (const [words, list, options] of [
      ['-L', 'services', {}],
      ['-S', 'services', {}],
      ['-L --daemon', 'daemons', {}],
      ['-L -c', 'connections', withList],
    ] as const) {
      const document: Record<string, unknown> = JSON.parse(await ask(`${words} --json`, kernel, options))
      const lines = (await ask(`${words} --json-lines`, kernel, options)).trimEnd().split('\n')
      expect(lines.map((line): unknown => JSON.parse(line))).toEqual(document[list])
      expect(lines.length).toBeGreaterThan(0)
    }
    const { timeouts } = JSON.parse(await ask('-L --timeout --json', kernel))
    expect(JSON.parse(await ask('-L --timeout --json-lines', kernel))).toEqual(timeouts)
  })

  it('is well formed for an empty table', async () => {
    const kernel = new FakeKernel()
    expect(JSON.parse(await ask('-S --json', kernel))).toEqual({ format: 1, services: [] })
    expect(JSON.parse(await ask('-L --daemon --json', kernel))).toEqual({ format: 1, daemons: [] })
    expect(await ask('-L --json-lines', kernel)).toBe('')
  })

  it('has all fields, for any selected columns', async () => {
    const kernel = await director()
    kernel.setCounters(
      'tcp 192.0.2.1:80',
      { active: 3, inactive: 4, persistent: 5, inbytes: 2n ** 64n - 1n, outbytes: 2n ** 53n - 1n },
      '10.0.0.1:8080',
    )
    const document = JSON.parse(await ask('-L --json', kernel))
    expect(document).toMatchObject({ format: 1, version: '1.2.1', connectionTableSize: 4096 })
    const service = document.services.find((one: { port?: number }) => one.port === 80)
    expect(service).toMatchObject({
      family: 'inet',
      protocol: 'tcp',
      address: '192.0.2.1',
      port: 80,
      scheduler: 'wlc',
      flags: ['persistent'],
      timeout: 300,
      netmask: '255.255.255.0',
      engine: 'sip',
    })
    expect(service.destinations[0]).toMatchObject({
      address: '10.0.0.1',
      port: 8080,
      forwarding: 'masquerade',
      weight: 7,
      upperThreshold: 100,
      lowerThreshold: 50,
      activeConnections: 3,
      inactiveConnections: 4,
      persistentConnections: 5,
      stats: { inBytes: '18446744073709551615', outBytes: 9007199254740991 },
    })
    const mark = document.services.find((one: { fwmark?: number }) => one.fwmark !== undefined)
    expect(mark).toMatchObject({ family: 'inet6', fwmark: 4000000000, flags: ['flag-3'] })
    expect(mark.destinations[0]).toMatchObject({
      family: 'inet6',
      forwarding: 'tunnel',
      tunnelType: 'gue',
      tunnelPort: 6080,
      tunnelFlags: ['csum'],
    })
  })

  it('lists in the order of the classic listing', async () => {
    const kernel = await director()
    const { services } = JSON.parse(await ask('-L --json', kernel))
    const classic = (await ask('-Ln', kernel)).split('\n').filter((line) => /^(TCP|UDP|SCTP|FWM)/.test(line))
    const ports = (services as { port?: number; fwmark?: number }[]).map(({ port, fwmark }) => fwmark ?? port)
    expect(
      classic.map((line) => Number(/(?:FWM +|:)(\d+)(?= )/.exec(line.replace(/\[.*\]/, ''))![1])),
    ).toEqual(ports)
  })

  it('escapes control characters', async () => {
    const text = await ask('-L -c --json', new FakeKernel(), withList)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    expect(jsonText('\u007f\u0085\u2028')).toBe('"\\u007f\\u0085\\u2028"')
  })
})

describe('the schema', () => {
  it('knows the fields of the rows, and no others', () => {
    const keys = (name: string) => Object.keys(schema.$defs[name]!.properties).sort()
    const fields = (...groups: object[]) => groups.flatMap((group) => Object.keys(group)).sort()
    const { id, config, observed } = SERVICE.schema
    expect(keys('service')).toEqual([...fields(id, config, observed), 'destinations', 'raw'].sort())
    const of = DESTINATION.schema
    expect(keys('destination')).toEqual([...fields(of.id, of.config, of.observed), 'raw'].sort())
    expect(keys('stats')).toEqual(fields(stats(4, 'STATS').schema.all))
    expect(keys('daemon')).toEqual(fields(DAEMON.schema.all))
    expect(keys('timeouts')).toEqual(fields(TIMEOUTS.schema.all))
  })

  it('knows the flags', () => {
    const text = JSON.stringify(schema.$defs.service)
    for (const { name } of SCHEDULER_FLAGS) expect(text).toContain(`"${name}"`)
  })

  it('refuses unknown fields at every level', async () => {
    const kernel = await director()
    const text = await ask('-L --json', kernel)
    const spoil: ((document: ReturnType<typeof JSON.parse>) => object)[] = [
      (document) => document,
      (document) => document.services[0],
      (document) => document.services[0].stats,
      (document) => document.services[0].destinations[0],
      (document) => document.services[0].destinations[0].stats,
    ]
    for (const place of spoil) {
      const document = JSON.parse(text)
      expect(isDocument(document)).toBe(true)
      Object.assign(place(document), { unknown: 1 })
      expect(isDocument(document)).toBe(false)
    }
  })
})

describe('errors', () => {
  const isError = isPart('error')

  it.each<[words: string, status: number, error: object]>([
    [
      '-L -t 192.0.2.7:80 --json',
      1,
      { message: 'No such service', code: 'ESRCH', errno: 3, request: 'GET_SERVICE' },
    ],
    ['-L --json --nosuch', 255, { message: '--nosuch: unknown option', code: 'USAGE' }],
    ['-Lj --sort --timeout --stats', 2, { message: 'options conflicts in the list command', code: 'USAGE' }],
    ['-A --json', 2, { code: 'USAGE' }],
    ['-L -c --json-lines', 1, { message: expect.stringContaining('ip_vs_conn'), code: 'LISTING' }],
    ['check --json --nosuch', 2, { code: 'USAGE' }],
  ])('%s', async (words, status, error) => {
    const outcome = await run(new FakeKernel(), words, { machine: { readChunks: () => [] } })
    expect(outcome).toMatchObject({ status, stdout: '' })
    const parsed: unknown = JSON.parse(outcome.stderr)
    expect(parsed).toMatchObject({ error: { ...error, status } })
    isError(parsed)
    expect(isError.errors ?? []).toEqual([])
    expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('without ip_vs', async () => {
    const kernel = new FakeKernel({ hasFamily: false })
    const { status, stderr } = await run(kernel, '-L --json')
    expect(status).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { message: expect.stringContaining('Protocol not available'), code: 'UNAVAILABLE', status: 2 },
    })
  })

  it.each([['-L -- --json --nosuch'], ['-A -t x -sj --nosuch']])(
    'are not JSON where JSON was not asked for: %s',
    async (words) => {
      const { stderr } = await run(new FakeKernel(), words)
      if (words.includes('-- ')) expect(stderr).toBe('unexpected argument --json\n')
      expect(stderr).not.toContain('"error"')
    },
  )
})

describe('--json and --table', () => {
  it.each(['-S --table', '-L --timeout --table', '-L --daemon --table'])('%s is refused', async (words) => {
    const { status, stderr } = await run(new FakeKernel(), words)
    expect([status, stderr]).toEqual([2, expect.stringContaining("Illegal 'table' option")])
  })

  it('are one option, given once', async () => {
    const { status, stderr } = await run(new FakeKernel(), '-L --json --table')
    expect([status, stderr]).toEqual([2, expect.stringContaining("multiple 'format' options")])
    expect(OPTIONS.filter(({ id }) => id === 'format')).toHaveLength(3)
  })
})
