// `--table`: the columns that fit, their alignment and their numbers.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatShort } from '../../lib/output/units.ts'
import { WIDE_COLUMNS } from '../../lib/output/wide-table.ts'
import type { System } from '../../lib/system/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const RULES = `-A -t 192.0.2.1:80 -s wlc -p 300
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 1 -x 100 -y 50
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 0
-A -t [2001:db8::1]:443 -s sh -b sh-port,sh-fallback
-a -t [2001:db8::1]:443 -r [2001:db8:1111:2222:3333:4444:5555:6666]:443 -w 100
-A -f 7 -s rr
-a -f 7 -r 10.0.0.3 -i --tun-type gue --tun-port 6080 --tun-csum
`

async function table(columns: number, words = ''): Promise<string[]> {
  const kernel = new FakeKernel()
  await run(kernel, '-R', { input: RULES })
  kernel.setCounters(
    'tcp 192.0.2.1:80',
    { active: 123, inactive: 4567, conns: 1234567890n, inbytes: 2n ** 63n, cps: 12n },
    '10.0.0.1:8080',
  )
  kernel.setCounters('tcp 192.0.2.1:80', { conns: 1234567890n })
  const machine: Partial<System> =
    columns === Infinity ? {} : { outputTerminal: () => ({ columns, rows: 24 }) }
  const { stdout, status } = await run(kernel, `-L -n --table --color=never ${words}`, { machine })
  expect(status).toBe(0)
  return stdout.trimEnd().split('\n')
}

describe('--table', () => {
  it('shows all columns without a width limit', async () => {
    const lines = await table(Infinity)
    for (const { title } of WIDE_COLUMNS) expect(lines[0]).toMatch(new RegExp(`  ${title}\\b`))
    expect(lines).toEqual(await table(300))
    expect(lines).toMatchSnapshot()
  })

  it.each([40, 60, 80, 100, 120, 200])('fits %d columns', async (columns) => {
    const lines = await table(columns)
    const wide = 2 + '[2001:db8:1111:2222:3333:4444:5555:6666]:443'.length
    const listing = lines.filter((line) => !line.startsWith('no room for: '))
    for (const line of listing) expect(line.length).toBeLessThanOrEqual(Math.max(columns, wide + 8))
    expect(lines.at(-1)!.startsWith('no room for: ')).toBe(columns < 150)
  })

  it('keeps the most important columns in 80 characters', async () => {
    expect((await table(80))[0]).toMatch(/Weight +Active +InAct/)
    expect(await table(80)).toMatchSnapshot()
  })

  it('has unit prefixes, or whole numbers with --exact', async () => {
    const server = (lines: string[]) => lines.find((line) => line.includes('10.0.0.1:8080'))!
    expect(server(await table(Infinity))).toMatch(/ 4\.56k +1\.23G .* 9\.22E /)
    expect(server(await table(Infinity, '--exact'))).toMatch(/ 4567 +1234567890 .* 9223372036854775808 /)
  })

  it('aligns its columns', async () => {
    const lines = await table(Infinity)
    const end = lines[0]!.indexOf('Weight') + 'Weight'.length
    for (const line of lines.filter((one) => one.startsWith('  '))) {
      expect(line.slice(end - 6, end)).toMatch(/^ *\d+$/)
    }
  })

  it('lists connections', async () => {
    const list = 'heading\nTCP 0A090003 2711 C0000201 0050 0A090002 1F90 ESTABLISHED     896\n'
    const machine = { readChunks: () => [Buffer.from(list)] }
    const { stdout } = await run(new FakeKernel(), '-L -c -n --table', { machine })
    expect(stdout).toBe(
      'Prot  Expires  State        Source          Virtual       Destination    Engine\n' +
        'TCP     896 s  ESTABLISHED  10.9.0.3:10001  192.0.2.1:80  10.9.0.2:8080\n',
    )
  })
})

describe('formatShort', () => {
  it.each<[bigint | number, string]>([
    [0, '0'],
    [999, '999'],
    [1000, '1.00k'],
    [1999, '1.99k'],
    [12345, '12.3k'],
    [999999, '999k'],
    [1000000, '1.00M'],
    [2n ** 64n - 1n, '18.4E'],
  ])('%s: %s', (value, text) => expect(formatShort(value)).toBe(text))

  it('is cut, and never wider than six characters', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const [, digits, prefix] = /^([\d.]+)([kMGTPE]?)$/.exec(formatShort(value))!
        const shown = Number(digits) * 1000 ** ' kMGTPE'.indexOf(prefix || ' ')
        expect(shown).toBeLessThanOrEqual(Number(value) * (1 + 1e-9))
        expect(shown).toBeGreaterThanOrEqual(Number(value) * 0.99)
        expect(formatShort(value).length).toBeLessThanOrEqual(6)
      }),
    )
  })
})
