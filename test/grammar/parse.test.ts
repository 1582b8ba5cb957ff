// Words → Command, and refusals: the reference's answers, line by line.

import { describe, expect, it } from '@jest/globals'
import type { Command } from '../../lib/grammar/command.ts'
import { parse } from '../../lib/grammar/parse.ts'
import { type Names, UnresolvedHost } from '../../lib/grammar/values.ts'
import type { Address } from '../../lib/model/address.ts'
import { ACCEPTED_CHANGES } from './accepted-change-cases.ts'
import { ACCEPTED_OTHERS } from './accepted-other-cases.ts'
import { HOSTS, MALFORMED, SERVICES, type Words } from './parse-cases.ts'
import { REFUSED_OTHERS } from './refused-other-cases.ts'
import { REFUSED_SERVICES } from './refused-service-cases.ts'

const NAMES: Names = {
  host: (name) => (HOSTS[name.toLowerCase()] ?? null) as Address | null,
  port: (name, protocol) => SERVICES[`${name}/${protocol}`],
}

const split = (words: Words) => (typeof words === 'string' ? words.split(' ') : words)
const named = <T>(cases: readonly (readonly [Words, T])[]) =>
  cases.map(
    ([words, expected]) =>
      [
        split(words)
          .map((word) => word || "''")
          .join(' '),
        words,
        expected,
      ] as const,
  )

function refusal(words: Words): unknown {
  try {
    return parse(split(words), NAMES)
  } catch (error) {
    return error
  }
}

describe('not a command line: status 255', () => {
  it.each(named(MALFORMED))('%s', (_, words, message) => {
    expect(refusal(words)).toMatchObject({ name: 'UsageError', code: 'USAGE', kind: 'syntax', message })
  })
})

describe('refused values and combinations: status 2', () => {
  it.each(named([...REFUSED_SERVICES, ...REFUSED_OTHERS]))('%s', (_, words, message) => {
    expect(refusal(words)).toMatchObject({ name: 'UsageError', code: 'USAGE', kind: 'value', message })
  })
})

describe('taken', () => {
  it.each(named<Command>([...ACCEPTED_CHANGES, ...ACCEPTED_OTHERS]))('%s', (_, words, command) => {
    expect(parse(split(words), NAMES)).toEqual(command)
  })

  it('without words lists the table with names', () => {
    expect(parse([], NAMES)).toMatchObject({ kind: 'list-table', view: 'route', numeric: false, sort: true })
  })
})

describe('every option with every command', () => {
  const COMMANDS = {
    A: ['-A -t 1.1.1.1:81', 'add-service'],
    E: ['-E -t 1.1.1.1:80', 'edit-service'],
    D: ['-D -t 1.1.1.2:80', 'delete-service'],
    C: ['-C', 'flush'],
    R: ['-R', 'restore'],
    S: ['-S', 'save'],
    a: ['-a -t 1.1.1.1:80 -r 2.2.2.3', 'add-server'],
    e: ['-e -t 1.1.1.1:80 -r 2.2.2.2', 'edit-server'],
    d: ['-d -t 1.1.1.1:80 -r 2.2.2.4', 'delete-server'],
    L: ['-L', 'list'],
    l: ['-l', 'list'],
    Z: ['-Z', 'zero'],
    s: ['--set 1 1 1', 'set'],
    '+': ['--start-daemon master', 'start-daemon'],
    '-': ['--stop-daemon master', 'stop-daemon'],
  } as const
  /** The commands that take the option, by their letters above; or the message for every command. */
  // biome-ignore format: a table
  const OPTIONS: readonly (readonly [option: string, id: string, taken: string, always?: string])[] = [
    ['-s rr', 'scheduler', 'AE'],
    ['-p', 'persistent', 'AE'],
    ['-p 5', 'persistent', 'AE'],
    ['-M 255.255.0.0', 'netmask', 'AE'],
    ['-g', 'forwarding-method', 'ae'],
    ['-i', 'forwarding-method', 'ae'],
    ['-m', 'forwarding-method', 'ae'],
    ['-w 1', 'weight', 'ae'],
    ['-x 1', 'u-threshold', 'ae'],
    ['-y 1', 'l-threshold', 'ae'],
    ['--mcast-interface lo', 'mcast-interface', '+'],
    ['--timeout', 'timeout', 'Ll'],
    ['--daemon', 'daemon', 'Ll'],
    ['--stats', 'stats', 'Ll'],
    ['--rate', 'rate', 'Ll'],
    ['--thresholds', 'thresholds', 'Ll'],
    ['--persistent-conn', 'persistent-conn', 'Ll'],
    ['--nosort', 'nosort', 'Ll'],
    ['--sort', 'sort', 'AEDCRSaedLlZs+-'],
    ['--syncid 1', 'syncid', 'Ll+-'],
    ['--exact', 'exact', 'Ll'],
    ['--pe sip', 'pe', 'AE'],
    ['--tun-info', 'tun-info', 'Ll'],
    ['--sync-maxlen 500', 'sync-maxlen', '+'],
    ['--mcast-group 224.0.0.5', 'mcast-group', '+'],
    ['--mcast-port 5', 'mcast-port', '+'],
    ['--mcast-ttl 3', 'mcast-ttl', '+'],
    ['-n', 'numeric', 'SLl'],
    ['-c', 'connection', 'Ll'],
    ['-6', 'ipv6', '', '-6 used before -f\n'],
    ['-b sh-port', 'sched-flags', '', "incompatible scheduler flag `sh-port'"],
    ['-b flag-1', 'sched-flags', 'AE'],
  ]
  const cases = Object.entries(COMMANDS).flatMap(([letter, [words, command]]) =>
    OPTIONS.map(([option, id, taken, always]) => {
      const expected = taken.includes(letter)
        ? undefined
        : (always ?? `Illegal '${id}' option with the '${command}' command`)
      return [`${words} ${option}`, expected] as const
    }),
  )
  it.each(cases)('%s', (words, message) => {
    const outcome = refusal(words)
    if (message === undefined) expect(outcome).not.toBeInstanceOf(Error)
    else expect(outcome).toMatchObject({ kind: 'value', message })
  })

  // A second service address is one too many where a service is needed, out of place elsewhere, or wanted.
  it.each(['-t 1.1.1.1:80', '-u 1.1.1.1:80', '--sctp-service 1.1.1.1:80', '-f 1'])('%s', (option) => {
    for (const [letter, [words, command]] of Object.entries(COMMANDS)) {
      const outcome = refusal(`${words} ${option}`)
      if ('LlZ'.includes(letter)) expect(outcome).not.toBeInstanceOf(Error)
      else
        expect(outcome).toMatchObject({
          message: 'AEDaed'.includes(letter)
            ? "multiple 'service-address' options specified"
            : `Illegal 'service-address' option with the '${command}' command`,
        })
    }
  })

  it.each(['-A', '-E', '-D', '-C', '-R', '-S', '-a', '-e', '-d', '-L', '-l', '-Z', '--set', '-h', '-v'])(
    '%s as a second command',
    (second) => {
      for (const first of ['-A -t 1.1.1.1:80', '-L', '-S', '-C', '--set 1 1 1', '--start-daemon master'])
        expect(refusal(`${first} ${second}`)).toMatchObject({ message: `invalid option \`${second}'` })
      // These two ignore the rest.
      expect(refusal(`-h ${second}`)).toEqual({ kind: 'help' })
      expect(refusal(`-v ${second}`)).toEqual({ kind: 'version' })
    },
  )
})

describe('POSIXLY_CORRECT', () => {
  it.each([
    ['-A -t 1.1.5.1:80 foo -s rr', 'unexpected argument foo'],
    ['--set 5 6 7 -n', 'unexpected argument -n'],
    ['-L foo -Q', 'unexpected argument foo'],
  ])('%s', (words, message) => {
    expect(() => parse(words.split(' '), NAMES, { posix: true })).toThrow(message)
  })

  it('--set 5 6 7', () => {
    expect(parse(['--set', '5', '6', '7'], NAMES, { posix: true })).toMatchObject({ kind: 'set' })
  })
})

describe('hosts', () => {
  it('that are unknown stop the parsing, with their name', () => {
    const names: Names = { host: () => undefined, port: () => undefined }
    expect(() => parse(['-A', '-t', 'name.example:80'], names)).toThrow(UnresolvedHost)
    expect(() => parse(['-A', '-t', 'name.example:80'], names)).toThrow('name.example')
  })

  it('are not looked up for other errors', () => {
    const names: Names = {
      host: (name) => {
        throw new Error(`asked for ${name}`)
      },
      port: () => undefined,
    }
    for (const host of ['', ' ', '1.2.3.4', '10.0.0.1 x', '[', '[::1]'])
      expect(() => parse(['-A', '-t', `${host}:80`], names)).not.toThrow('asked')
    // The port is looked at first.
    expect(() => parse(['-A', '-t', 'name.example:nosuch'], names)).toThrow('illegal virtual server')
  })
})
