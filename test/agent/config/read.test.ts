// The configuration: what a file says, the defaults, and every problem with its line and path.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { AgentConfig } from '../../../lib/agent/config/config.ts'
import { type ConfigProblem, readConfig } from '../../../lib/agent/config/read.ts'

const RULES = 'rules: /etc/ipvsadm.rules\n'

function config(text: string): AgentConfig {
  const read = readConfig(RULES + text)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.config
}

/** The problems as lines `LINE PATH: MESSAGE`. */
function problems(text: string): string[] {
  const read = readConfig(text)
  return 'problems' in read ? read.problems.map(problemText) : []
}

const problemText = ({ line, path, message }: ConfigProblem) => `${line} ${path}: ${message}`

const COMMON = { interval: 2000, timeout: 1000, rise: 2, fall: 3, jitter: 0.1 }

describe('serve', () => {
  it('has its defaults', () => {
    expect(config('serve: {}').serve).toEqual({
      address: { host: '127.0.0.1', port: 9456 },
      names: [],
      files: {},
    })
    expect(config('').serve).toBeUndefined()
  })

  it.each([
    ['8080', { host: '127.0.0.1', port: 8080 }],
    [':8080', { host: '::', port: 8080 }],
    ['"[2001:db8::1]:8080"', { host: '2001:db8::1', port: 8080 }],
  ])('listens at %s', (text, address) => {
    expect(config(`serve: { listen: ${text} }`).serve?.address).toEqual(address)
  })

  it.each([
    ['serve: { listen: director:80 }', '2 serve.listen: must be PORT, ADDRESS:PORT, [ADDRESS]:PORT or :PORT'],
    ['serve: { listen: 65536 }', '2 serve.listen: must be at most 65535'],
    ['serve: { certificate: /c }', '2 serve.certificate: needs key'],
    ['serve: { key: /k }', '2 serve.key: needs certificate'],
    ['serve: { clientAuthority: /a }', '2 serve.clientAuthority: needs certificate'],
    ['serve: { users: users }', '2 serve.users: must be an absolute path'],
    ['serve: { tokens: /t }', '2 serve.tokens: unknown key'],
    [
      'serve: { listen: :80, admin: /t }',
      '2 serve.admin: needs certificate and key, except on localhost: it is a secret',
    ],
    [
      'serve: { admin: /t }\ndrift: correct',
      '2 serve.admin: needs drift: keep; with drift: correct the agent takes changes back',
    ],
  ])('%s is refused', (text, problem) => {
    expect(problems(RULES + text)).toEqual([problem])
  })
})

describe('a good configuration', () => {
  it('has all defaults filled in', () => {
    expect(config('')).toEqual({
      rules: { file: '/etc/ipvsadm.rules' },
      scope: undefined,
      interval: 2000,
      socket: '/run/ipvsadm/agent.sock',
      state: '/run/ipvsadm/agent.json',
      log: { format: 'logfmt', level: 'info' },
      drift: 'keep',
      concurrency: 4096,
      defaults: {
        check: { kind: 'none' },
        policy: { down: 'quiesce', minimum: 0, fallback: [], slowStart: 0, drainTimeout: 300_000 },
      },
      scopes: [],
      services: [],
      servers: [],
    })
  })

  it.each([
    ['kind: tcp', { kind: 'tcp', ...COMMON }],
    ['kind: tcp, interval: 500ms', { kind: 'tcp', ...COMMON, interval: 500, timeout: 250 }],
    ['kind: tcp, interval: 5, timeout: 1.5s', { kind: 'tcp', ...COMMON, interval: 5000, timeout: 1500 }],
    [
      'kind: https, path: /x, host: a.example:8443, statuses: [200, 300-302], body: ^ok, verify: false',
      {
        kind: 'https',
        ...COMMON,
        method: 'GET',
        path: '/x',
        host: 'a.example:8443',
        serverName: undefined,
        statuses: [
          { first: 200, last: 200 },
          { first: 300, last: 302 },
        ],
        body: /^ok/,
        verify: false,
      },
    ],
    [
      'kind: udp, send: "a\\x00", expect: b',
      { kind: 'udp', ...COMMON, send: Uint8Array.of(97, 0), expect: /b/ },
    ],
    [
      'kind: udp, sendHex: "00 ff"',
      { kind: 'udp', ...COMMON, send: Uint8Array.of(0, 255), expect: undefined },
    ],
    [
      'kind: dns, name: a.example',
      { kind: 'dns', ...COMMON, name: 'a.example', type: 'A', expect: undefined },
    ],
    ['kind: exec, command: [/bin/x, y]', { kind: 'exec', ...COMMON, command: ['/bin/x', 'y'] }],
    ['kind: agent, port: 9', { kind: 'agent', ...COMMON, port: 9, send: '' }],
    [
      'kind: tcp, address: 192.0.2.9, source: 192.0.2.8',
      { kind: 'tcp', ...COMMON, address: '192.0.2.9', source: '192.0.2.8' },
    ],
  ])('reads the check { %s }', (text, plan) => {
    expect(config(`check: { ${text} }`).defaults.check).toEqual(plan)
  })

  it('lets entries inherit what they leave out', () => {
    const { scopes, services, servers } = config(`
check: { kind: http, interval: 4s, path: /health }
down: remove
fallback: [{ server: "127.0.0.1:80" }]
scopes: [{ scope: [192.0.2.0/24, udp], check: { kind: udp }, minimum: 2 }]
services:
  - { service: tcp 192.0.2.1:80, check: { host: a.example } }
  - { service: fwmark 7 inet6, fallback: [] }
servers: [{ server: "[2001:db8::2]:80", service: "tcp [2001:db8::1]:80", check: { kind: https } }]
`)
    expect(scopes[0]).toMatchObject({
      check: { kind: 'udp', interval: 4000 },
      policy: { down: 'remove', minimum: 2, fallback: [{ address: '127.0.0.1', port: 80 }] },
    })
    expect(services[0]?.check).toMatchObject({ kind: 'http', path: '/health', host: 'a.example' })
    expect(services[1]).toMatchObject({
      service: { fwmark: 7, family: 'inet6' },
      policy: { down: 'remove', fallback: [] },
    })
    expect(servers[0]).toMatchObject({
      server: { family: 'inet6', address: '2001:db8::2', port: 80 },
      check: { kind: 'https', path: '/health', verify: true },
    })
  })
})

describe('a wrong configuration', () => {
  it.each([
    ['', ['1 : is empty: at least rules must be given']],
    ['- a', ['1 : must be a map of keys']],
    ['drift: keep', ['1 : rules is missing']],
    [
      'rules: [',
      ['1 : not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['rules: /a\nrules: /b', ['2 : not YAML: Map keys must be unique']],
    ['rules: a', ['1 rules: must be an absolute path']],
    [`${RULES}drif: keep`, ['2 drif: unknown key; did you mean drift?']],
    [`${RULES}drift: no`, ['2 drift: must be one of keep, correct']],
    [`${RULES}log:\n  level: 3`, ['3 log.level: must be one of debug, info, warning, error']],
    [`${RULES}concurrency: many`, ['2 concurrency: must be a whole number']],
    [
      `${RULES}interval: 3 parsecs`,
      ['2 interval: must be a time up to a day, such as 500ms, 2s or 5m; a number is seconds'],
    ],
    [`${RULES}interval: 1ms`, ['2 interval: must be a time from 100ms to a day']],
    [`${RULES}check:\n  kind: tcp\n  path: /x`, ['4 check.path: is for http, https, but the kind is tcp']],
    [`${RULES}check:\n  path: /x`, ['3 check.path: is for http, https, but the kind is none']],
    [
      `${RULES}check:\n  kind: tcp\n  interval: 1s\n  timeout: 1s`,
      ['5 check.timeout: the timeout (1000ms) must be less than the interval (1000ms)'],
    ],
    [
      `${RULES}check: { kind: tcp, timeout: 1s }\nservices:\n  - service: tcp 192.0.2.1:80\n    check:\n      interval: 500ms`,
      ['6 services[0].check.interval: the timeout (1000ms) must be less than the interval (500ms)'],
    ],
    [
      `${RULES}check: { kind: tcp, address: 192.0.2.1, source: "::1" }`,
      ['2 check.source: must be of the family of 192.0.2.1'],
    ],
    [`${RULES}check: { kind: http, body: "(" }`, ['2 check.body: must be a regular expression']],
    [
      `${RULES}check: { kind: http, method: HEAD, body: x }`,
      ['2 check.body: the answer to HEAD has no body'],
    ],
    [
      `${RULES}check: { kind: http, path: x y }`,
      ['2 check.path: must begin with / and have no blanks; other characters are written as %XX'],
    ],
    [
      `${RULES}check: { kind: http, host: "a\\r\\nX: y" }`,
      ['2 check.host: must be the name of a host, perhaps with a port'],
    ],
    [`${RULES}check: { kind: dns }`, ['2 check: name is missing']],
    [`${RULES}check: { kind: exec, command: [true] }`, ['2 check.command[0]: must be a text']],
    [
      `${RULES}check: { kind: exec, command: [x] }`,
      ['2 check.command: must begin with the absolute path of a program'],
    ],
    [
      `${RULES}scope: [nowhere]`,
      ['2 scope[0]: must be a network, a protocol, or fwmark:FIRST-LAST, as --scope takes it'],
    ],
    [
      `rules: /run/x\nsocket: /run/x\nstate: /run/x`,
      ['2 socket: is the same file as rules', '3 state: is the same file as rules'],
    ],
    [`${RULES}---\n${RULES}`, ['2 : must be one document, without another ---']],
    [
      `${RULES}services:\n  - service: tcp 192.0.2.1:80\n  - service: tcp 192.0.2.1:80`,
      ['4 services[1]: is about the same as services[0]'],
    ],
    [
      `${RULES}servers:\n  - { server: 10.0.0.1:80, check: { kind: tcp } }\n  - { server: 10.0.0.1:80, check: { kind: none } }`,
      ['4 servers[1]: is about the same as servers[0]'],
    ],
    [
      `${RULES}fallback: [{ server: 127.0.0.1, tunnelType: gue }]`,
      [
        '2 fallback[0]: tunnelType and tunnelPort are for the forwarding tunnel',
        '2 fallback[0]: tunnelPort is for the tunnel type gue, which needs it',
      ],
    ],
    // All problems at once, in the order of their lines.
    [
      `drift: x\n${RULES}down: y`,
      ['1 drift: must be one of keep, correct', '3 down: must be one of quiesce, remove'],
    ],
  ])('refuses %j', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  it('survives aliases that multiply, aliases that lead nowhere and deep nesting', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) => `k${i}: &a${i} [${`*a${i - 1},`.repeat(i === 0 ? 0 : 9)}1]`,
    )
    expect(problems(bomb.join('\n'))).not.toEqual([])
    expect(problems('rules: *x')).not.toEqual([])
    expect(problems('['.repeat(100_000))).not.toEqual([])
    expect(problems(`rules: ${'{a: '.repeat(10_000)}`)).not.toEqual([])
  })

  it('is refused, never thrown, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect(problems(text)).not.toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('is refused, never thrown, whatever the values of known keys', () => {
    const keys = fc.constantFrom(
      ...['rules', 'scope', 'log', 'check', 'fallback', 'scopes', 'services', 'servers', 'interval'],
      ...['kind', 'server', 'service', 'timeout', 'command', 'body', 'address', '__proto__', 'constructor'],
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom('tcp 192.0.2.1:80', '10.0.0.1:80', '/x', 'tcp', '2s', 'http'),
        fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    }))
    fc.assert(
      fc.property(value, (data) => {
        const read = readConfig(stringify(data))
        expect('config' in read || read.problems.length > 0).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
