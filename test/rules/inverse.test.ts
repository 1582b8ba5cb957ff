// Saved rules and the table are each other's inverse; the lines of a rule file.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parse } from '../../lib/grammar/parse.ts'
import { normalServer, normalService } from '../../lib/model/normal-form.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { type KnownNames, NUMBERS } from '../../lib/output/endpoints.ts'
import { formatRules } from '../../lib/rules/rule-lines.ts'
import { ruleLines } from '../../lib/rules/split-lines.ts'
import { anyTable } from '../support/arbitrary-table.ts'
import { tableOf } from '../support/table.ts'

const text = (table: readonly VirtualService[], names: KnownNames = NUMBERS) =>
  [...formatRules(table, names)].join('')

/** A generated table as one that the kernel gave. */
const table = anyTable as unknown as fc.Arbitrary<VirtualService[]>

/** A table without observations, in normal form, the kernel's own choices of a method as saved rules have them. */
const wanted = (servers: readonly VirtualService[]) =>
  servers.map(({ service, destinations }) => ({
    service: { id: service.id, config: normalService(service.config) },
    destinations: destinations.map(({ id, config }) => {
      const chosen = config.forwarding === 'local' || config.forwarding === 'bypass'
      return { id, config: normalServer(chosen ? { ...config, forwarding: 'route' } : config) }
    }),
  }))

describe('saving and reading', () => {
  it('give the same table', () => {
    fc.assert(
      fc.property(table, (servers) => {
        expect(wanted(tableOf(text(servers)))).toEqual(wanted(servers))
      }),
      { numRuns: 500 },
    )
  })

  it('give the same text', () => {
    fc.assert(
      fc.property(table, (servers) => {
        const saved = text(servers)
        expect(text(tableOf(saved))).toBe(saved)
      }),
      { numRuns: 200 },
    )
  })

  it('lines have the words that programs count: seven of a plain service, ten of a plain server', () => {
    const [service, plain, limited] = text(
      tableOf(`
        -A -t 192.0.2.1:80 -p
        -a -t 192.0.2.1:80 -r 198.51.100.1
        -a -t 192.0.2.1:80 -r 198.51.100.2 -i -x 5 -y 3
      `),
    ).split('\n')
    expect(service).toBe('-A -t 192.0.2.1:80 -s wlc -p 360')
    expect(service!.split(' ')).toHaveLength(7)
    expect(plain).toBe('-a -t 192.0.2.1:80 -r 198.51.100.1:80 -g -w 1')
    // -x and -y come last, and only if they are set.
    expect(limited).toBe('-a -t 192.0.2.1:80 -r 198.51.100.2:80 -i -w 1 --tun-type ipip -x 5 -y 3')
  })

  it('saves a method that the kernel set as the method that it replaced', () => {
    const [only] = tableOf('-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 127.0.0.1')
    for (const forwarding of ['local', 'bypass'] as const) {
      const destinations = only!.destinations.map((each) => ({
        ...each,
        config: { ...each.config, forwarding },
      }))
      expect(text([{ ...only!, destinations }])).toContain('-r 127.0.0.1:80 -g -w 1\n')
    }
  })

  it('with names', () => {
    const names: KnownNames = {
      host: (host) => (host === '127.0.0.1' ? 'localhost' : undefined),
      service: (of, protocol) => (`${of}/${protocol}` === '80/tcp' ? 'http' : undefined),
    }
    const saved = text(
      tableOf('-A -t 127.0.0.1:80\n-a -t 127.0.0.1:80 -r 10.0.0.1:80 -m\n-A -f 1\n-a -f 1 -r 127.0.0.1:80'),
      names,
    )
    expect(saved).toBe(
      '-A -t localhost:http -s wlc\n-a -t localhost:http -r 10.0.0.1:http -m -w 1\n' +
        '-A -f 1 -s wlc\n-a -f 1 -r localhost:80 -g -w 1\n',
    )
  })
})

describe('lines', () => {
  const read = (rules: string) =>
    [...ruleLines(rules)].map(({ number: n, words }) => `${n} ${words.join('|')}`)

  it.each([
    ['', []],
    ['\n', []],
    ['   \n\n-C\n\n', ['3 -C']],
    ['-C', ['1 -C']],
    ['-C\r\n-Z\r\n', ['1 -C', '2 -Z']],
    ['-A\t-t\t1.1.1.1:85   -s\trr\n-C', ['1 -A|-t|1.1.1.1:85|-s|rr', '2 -C']],
    ['# comment\n-C\n  # another\n#\n-Z', ['2 -C', '5 -Z']],
    ['-A -t 1.1.4.3:80 # foo', ['1 -A|-t|1.1.4.3:80|#|foo']],
    ['ipvsadm -A -t 1.1.1.1:82\nipvsadm\n', ['1 -A|-t|1.1.1.1:82']],
    ['-A ipvsadm -s ipvsadm\n', ['1 -A|-s']],
    ['/sbin/ipvsadm -C\n', ['1 /sbin/ipvsadm|-C']],
    ['-A "a b"\n', ['1 -A|"a|b"']],
    ['\f-A\v-t\n', ['1 \f-A\v-t']],
  ])('%j', (rules, expected) => {
    expect(read(rules)).toEqual(expected)
  })

  it('of a megabyte are lines', () => {
    const [line] = ruleLines(`-A -t 1.1.2.1:80${' '.repeat(1 << 20)}-s rr\n`)
    expect(parse(line!.words, { host: () => null, port: () => undefined })).toMatchObject({
      kind: 'add-service',
    })
  })

  it('reads each line of any text once, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (rubbish) => {
        const numbers = [...ruleLines(rubbish)].map(({ number: n }) => n)
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
        expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(rubbish.split('\n').length)
      }),
    )
  })
})
