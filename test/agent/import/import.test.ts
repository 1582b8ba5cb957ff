// Configuration files of ldirectord and keepalived → rules, configuration and notes. samples/ has files as people write
// them; beside each, what becomes of it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readConfig } from '../../../lib/agent/config/read.ts'
import type { Imported } from '../../../lib/agent/import/imported.ts'
import { importKeepalived } from '../../../lib/agent/import/keepalived.ts'
import { importLdirectord } from '../../../lib/agent/import/ldirectord.ts'
import { readRules } from '../../../lib/rules/read-lines.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'

const FOLDER = join(__dirname, 'samples')
const SAMPLES = readdirSync(FOLDER).filter((name) => /\.(?:cf|conf)$/.test(name))
const RULES = '/etc/ipvsadm.rules'

const textOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8')
const importOf = (name: string, text = textOf(name)) =>
  name.endsWith('.cf') ? importLdirectord(text, RULES) : importKeepalived(text, RULES)

const noteLines = ({ notes }: Imported) => notes.map(({ line, message }) => `${line}: ${message}`)

/** The problems of the rules and the configuration that an import made. */
async function problemsOf({ rules, config }: Imported): Promise<unknown[]> {
  const { errors, warnings } = await readRules(rules, { posix: false, names: nodeSystem.names })
  const read = readConfig(config)
  return [...errors, ...warnings, ...('problems' in read ? read.problems : [])]
}

describe('the samples', () => {
  it.each(SAMPLES)('%s becomes what the file beside it says', (name) => {
    const imported = importOf(name)
    const text = [imported.rules, imported.config, ...noteLines(imported).map((line) => `${line}\n`)]
    const [rules = '', config = '', notes = ''] = textOf(`${name}.imported`).split('---\n')
    expect([text[0], text[1], text.slice(2).join('')]).toEqual([rules, config, notes])
  })

  it.each(SAMPLES)('%s becomes rules and a configuration that can be read', async (name) => {
    expect(await problemsOf(importOf(name))).toEqual([])
  })
})

describe('ldirectord', () => {
  const virtual = (...lines: string[]) =>
    importLdirectord(['virtual=192.0.2.1:8000', ...lines.map((line) => `\t${line}`)].join('\n'), RULES)

  it.each([
    [['checktype=connect'], { kind: 'tcp', interval: 10_000, timeout: 5000, rise: 1, fall: 1 }],
    [['checktype=negotiate', 'service=http'], { kind: 'http', interval: 40_000, timeout: 30_000 }],
    [['checktype=negotiate', 'service=http', 'negotiatetimeout=3'], { kind: 'http', timeout: 3000 }],
    [['checktype=connect', 'negotiatetimeout=3'], { kind: 'tcp', timeout: 3000 }],
    [
      ['checktype=external', 'checkcommand=/bin/c'],
      { command: ['/bin/c', '192.0.2.1', '8000', '10.0.0.1', '8000'] },
    ],
    [['checktype=external', 'checkcommand=relative'], { kind: 'none' }],
    [['checktype=negotiate'], { kind: 'none' }],
    [['service=http', 'request=http://a.example/x y'], { kind: 'http', host: 'a.example', path: '/x%20y' }],
    [['service=http', 'httpmethod=HEAD', 'receive="x"'], { method: 'HEAD', body: undefined }],
    [['service=dns', 'request="192.0.2.9"'], { name: '9.2.0.192.in-addr.arpa', type: 'PTR' }],
  ])('%j', (lines, expected) => {
    const read = readConfig(virtual('real=10.0.0.1:8000 masq', ...lines).config)
    if ('problems' in read) throw new Error(JSON.stringify(read.problems))
    expect(read.config.services[0]?.check).toMatchObject(expected)
  })

  it('reports what it cannot read', () => {
    const text =
      'real=10.0.0.1:80 gate\nvirtual=nowhere:80\n\treal=10.0.0.1 gate\nsmtp=a\njunk\nvirtual=192.0.2.1:80\n\treal=10.0.0.9->10.0.0.1 gate'
    expect(noteLines(importLdirectord(text, RULES))).toEqual([
      '1: left out: a server without a service',
      '2: the service is left out: nowhere:80 must be an address and a port in numbers, or a mark',
      '4: left out: the agent sends no mail, it logs',
      '5: left out: not a setting',
      '7: the server is left out: 10.0.0.9->10.0.0.1 gate must be ADDRESS[:PORT] gate, masq or ipip; names are not looked up',
    ])
  })

  it('says when a file has no service', () => {
    expect(noteLines(importLdirectord('', RULES))).toEqual(['1: no virtual service was found'])
  })

  it('reports rules that the kernel would refuse, and repetitions', () => {
    const text =
      'virtual=192.0.2.1:0\n\treal=10.0.0.1 gate\nvirtual=192.0.2.2:80\n\treal=10.0.0.1 gate\n\treal=10.0.0.1 gate\n\treal6=[2001:db8::1]:80 masq\nchecktype=connect'
    expect(noteLines(importLdirectord(text, RULES))).toEqual([
      '1: the service is left out: Zero port specified for non-persistent service',
      '5: left out: repeats line 4',
      '6: the server is left out: Different address family is allowed only for tunneling servers',
    ])
  })
})

describe('keepalived', () => {
  const real = (checker: string) =>
    importKeepalived(
      `virtual_server 192.0.2.1 80 {\n delay_loop 10\n real_server 10.0.0.1 80 {\n${checker}\n}\n}`,
      RULES,
    )

  it.each([
    ['', { kind: 'none' }],
    ['TCP_CHECK', { kind: 'tcp', interval: 10_000, timeout: 5000, fall: 2 }],
    ['TCP_CHECK {\n connect_timeout 3\n retry 2\n connect_port 81\n}', { timeout: 3000, fall: 3, port: 81 }],
    ['TCP_CHECK {\n connect_timeout 12\n}', { interval: 22_000, timeout: 12_000 }],
    ['SMTP_CHECK {\n}', { kind: 'tcp' }],
    ['DNS_CHECK {\n}', { kind: 'dns', name: '.', type: 'SOA', fall: 4 }],
    ['MISC_CHECK {\n misc_path "/bin/c a"\n misc_timeout 4\n}', { command: ['/bin/c', 'a'], fall: 1 }],
    ['MISC_CHECK {\n misc_path c\n}', { kind: 'none' }],
    [
      'HTTP_GET {\n url {\n path /a\n status_code 200-299 301\n }\n}',
      { path: '/a', statuses: [{ last: 299 }, { first: 301 }] },
    ],
    ['UDP_CHECK {\n}', { kind: 'udp' }],
  ])('%j', (checker, expected) => {
    const read = readConfig(real(checker).config)
    if ('problems' in read) throw new Error(JSON.stringify(read.problems))
    expect(read.config.services[0]?.check).toMatchObject(expected)
  })

  it('reports what it cannot read', () => {
    const text =
      '}\nvirtual_server nowhere 80 {\n}\nvirtual_server group G {\n}\nvirtual_server 192.0.2.1 80 {\n protocol ICMP\n}\nvirtual_server 192.0.2.1 80 {'
    expect(noteLines(importKeepalived(text, RULES))).toEqual([
      '1: a brace closes no block',
      '2: the service is left out: nowhere 80 must be an address and a port, or a mark',
      '4: the service is left out: there is no virtual_server_group G',
      '6: the service is left out: its protocol cannot be ICMP',
      '9: the block is not closed',
      '9: no protocol is named: UDP, as keepalived 2 takes it',
    ])
  })

  // The table that keepalived 2.2.7 made of the same lines in the kernel.
  it.each([
    ['', '-A -u 192.0.2.1:80 -s wlc'],
    ['protocol TCP', '-A -t 192.0.2.1:80 -s wlc'],
    ['protocol TCP\npersistence_timeout 0', '-A -t 192.0.2.1:80 -s wlc'],
    ['protocol TCP\npersistence_timeout 9999999', '-A -t 192.0.2.1:80 -s wlc'],
    ['protocol TCP\npersistence_timeout', '-A -t 192.0.2.1:80 -s wlc -p 360'],
  ])('takes %j as keepalived does', (lines, rule) => {
    expect(importKeepalived(`virtual_server 192.0.2.1 80 {\n${lines}\n}`, RULES).rules).toBe(`${rule}\n`)
  })

  it('survives parameters that hold themselves', () => {
    const text = ['$A=$', '{A}$', '{A}\nvirtual_server $', '{A} 80 {\n}'].join('')
    const notes = noteLines(importKeepalived(text, RULES))
    expect(notes[1]).toMatch(/^2: the service is left out/)
    expect(notes.join().length).toBeLessThan(500)
  })
})

describe('any text', () => {
  it('is imported without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        importLdirectord(text, RULES)
        importKeepalived(text, RULES)
      }),
    )
  })

  it('near the samples becomes rules and a configuration that can be read', async () => {
    const words = [
      '{',
      '}',
      '"',
      '#',
      '!',
      '$A',
      '0',
      '-1',
      '65536',
      '99999999999',
      '::',
      '10.0.0.1',
      '=',
      '\n',
      '\t',
      'a b',
    ]
    const edit = fc.record({
      at: fc.nat(3000),
      removed: fc.nat(40),
      inserted: fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 5 })),
    })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...SAMPLES), fc.array(edit, { maxLength: 6 }), async (name, edits) => {
        let text = textOf(name)
        for (const { at, removed, inserted } of edits) {
          const place = at % (text.length + 1)
          text = text.slice(0, place) + inserted + text.slice(place + removed)
        }
        expect(await problemsOf(importOf(name, text))).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
