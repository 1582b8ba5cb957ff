// Colours add only escapes to the listings, and are used where they are wanted.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { View } from '../../lib/model/listing-format.ts'
import { COLOURS, colourConnections, colourTable } from '../../lib/output/colour.ts'
import { VIEWS } from '../../lib/output/columns.ts'
import { formatConnections } from '../../lib/output/connection-listing.ts'
import { NUMBERS } from '../../lib/output/endpoints.ts'
import { formatTable } from '../../lib/output/table-listing.ts'
import type { System } from '../../lib/system/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'
import { tableOf } from '../support/table.ts'

const ESCAPE = '\u001b'
// biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '')

const RULES = `-A -t 192.0.2.1:80 -s wlc -p 300
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 1 -x 5
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 0
-A -t [2001:db8::1]:443 -s sh
-a -t [2001:db8::1]:443 -r [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443
-A -f 7 -6
`

const addressV4 = fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.1`)
const addressV6 = fc.array(fc.nat(0xffff), { minLength: 6, maxLength: 6 }).map((groups) => {
  return `[2001:db8:${groups.map((group) => group.toString(16)).join(':')}]`
})
const port = fc.integer({ min: 1, max: 65535 })
const weight = fc.constantFrom(0, 1, 2147483647)
const observed = fc.record({ active: fc.nat(20), inactive: fc.nat(20) })
const service = fc.oneof(
  fc.record({ id: fc.tuple(addressV4, port).map(([a, p]) => `-t ${a}:${p}`), server: addressV4 }),
  fc.record({ id: fc.tuple(addressV6, port).map(([a, p]) => `-u ${a}:${p}`), server: addressV6 }),
  fc.record({ id: fc.integer({ min: 1, max: 2 ** 32 - 1 }).map((mark) => `-f ${mark}`), server: addressV4 }),
)
const table = fc
  .uniqueArray(fc.tuple(service, port, weight, fc.nat(10), observed), {
    maxLength: 8,
    selector: ([{ id }]) => id,
  })
  .map((rows) => {
    const rules = rows.map(
      ([{ id, server }, port, weight, upper]) =>
        `-A ${id}\n-a ${id} -r ${server}:${port} -m -w ${weight} -x ${upper}\n`,
    )
    return tableOf(rules.join('')).map((server, i) => {
      const { active, inactive } = rows[i]![4]
      const destinations = server.destinations.map((destination) => ({
        ...destination,
        observed: { ...destination.observed, activeConnections: active, inactiveConnections: inactive },
      }))
      return { ...server, destinations }
    })
  })

describe('colours', () => {
  it('add only escapes to the classic listing', () => {
    fc.assert(
      fc.property(table, fc.constantFrom(...(Object.keys(VIEWS) as View[])), (table, view) => {
        const options = { view, exact: false, sort: false }
        const classic = [...formatTable(table, options, NUMBERS)].join('')
        const coloured = [...colourTable(formatTable(table, options, NUMBERS), table)].join('')
        expect(plain(coloured)).toBe(classic)
        expect(coloured).toContain(ESCAPE)
      }),
    )
  })

  it('add only escapes to names of any kind', () => {
    const names = { host: () => 'a.very.long.name.that.is.cut.off.example.com', service: () => 'http' }
    const table = tableOf(RULES)
    const options = { view: 'stats', exact: true, sort: false } as const
    const classic = [...formatTable(table, options, names)].join('')
    expect(plain([...colourTable(formatTable(table, options, names), table)].join(''))).toBe(classic)
  })

  it('add only escapes to the connections', () => {
    const list = `heading\n${['TCP 0A090003 2711 C0000201 0050 0A090002 1F90 ESTABLISHED     896', 'IP  0A090003 0000 00000007 0000 0A090002 0000 NONE 42 sip a  b'].join('\n')}\n`
    for (const persistentConn of [true, false]) {
      const classic = [...formatConnections([list], { persistentConn })].join('')
      const coloured = [...colourConnections(formatConnections([list], { persistentConn }))].join('')
      expect(plain(coloured)).toBe(classic)
      expect(coloured.split(ESCAPE).length).toBeGreaterThan(10)
    }
  })

  it('show the state of a server', async () => {
    const kernel = new FakeKernel()
    await run(kernel, '-R', { input: RULES })
    kernel.setCounters('tcp 192.0.2.1:80', { active: 2, inactive: 3 }, '10.0.0.1:8080')
    const { stdout } = await run(kernel, '-L -n --color=always')
    const line = (text: string) => stdout.split('\n').find((one) => plain(one).includes(text))!
    const [red, yellow, dim] = ['[31m', '[33m', '[2m'].map((code) => ESCAPE + code)
    expect(line('10.0.0.1:8080')).toContain(red)
    expect(line('10.0.0.2:80')).toContain(yellow)
    expect(line('2001:db8:aaaa')).not.toMatch(/\[3[13]m/)
    for (const title of ['IP Virtual', 'Prot Local', '-> Remote']) expect(line(title)).toContain(dim)
  })

  it('distinguish an address and its port', () => {
    expect(COLOURS.endpoint('10.0.0.1:80')).toMatch(/10\.0\.0\.1\S+:\S+80/)
    expect(plain(COLOURS.endpoint('[::1]'))).toBe('[::1]')
  })
})

describe('the choice of colours', () => {
  const terminal: Partial<System> = { outputTerminal: () => ({ columns: 80, rows: 24 }) }
  const coloured = async (words: string, env: System['env'], machine: Partial<System> = {}) => {
    const kernel = new FakeKernel()
    await run(kernel, '-R', { input: RULES })
    const { stdout, status } = await run(kernel, words, { env, machine })
    expect(status).toBe(0)
    expect(plain(stdout)).toBe((await run(kernel, words.replace(/--color=\w+/, ''))).stdout)
    return stdout.includes(ESCAPE)
  }

  it.each<[string, System['env'], Partial<System> | undefined, boolean]>([
    ['-L -n', {}, undefined, false],
    ['-L -n', {}, terminal, true],
    ['', { TERM: 'xterm' }, terminal, false],
    ['-L -n --stats', { NO_COLOR: '' }, terminal, true],
    ['-L -n', { NO_COLOR: '1' }, terminal, false],
    ['-L -n', { TERM: 'dumb' }, terminal, false],
    ['-L -n --color=never', {}, terminal, false],
    ['-L -n --color=auto', {}, terminal, true],
    ['-L -n --color=auto', {}, undefined, false],
    ['-L -n --color=always', { NO_COLOR: '1' }, undefined, true],
    ['-L -n -c', {}, terminal, true],
    ['-S -n', {}, terminal, false],
    ['-L --timeout', {}, terminal, false],
    ['-L -n --json', {}, terminal, false],
  ])('%s with %j on %j: %s', async (words, env, machine, expected) => {
    if (words === '') return expect(await coloured('-S -n', env, machine)).toBe(expected)
    expect(await coloured(words, env, machine)).toBe(expected)
  })
})
