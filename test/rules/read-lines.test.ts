// The ruleset of a rule file, and its problems, line by line.
import { describe, expect, it } from '@jest/globals'
import { formatProblem } from '../../lib/reconcile/outcome-text.ts'
import { plan } from '../../lib/reconcile/plan.ts'
import { formatChange } from '../../lib/rules/change-lines.ts'
import { readRules } from '../../lib/rules/read-lines.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'

const EMPTY = { table: [], timeouts: { tcp: 900, tcpFin: 120, udp: 300 }, daemons: [] }

/** The file's ruleset, as the rules that make it, and its problems. */
async function read(...lines: string[]): Promise<{ rules: string[]; problems: string[] }> {
  const { ruleset, errors, warnings } = await readRules(lines.join('\n'), {
    posix: false,
    names: nodeSystem.names,
  })
  return {
    rules: Array.from(plan(EMPTY, ruleset), ({ change }) => formatChange(change)),
    problems: [...errors, ...warnings].map((problem) => formatProblem(problem).trimEnd()),
  }
}

const A = '-A -t 192.0.2.1:80 -s rr'
const R = '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 3'

describe('a file has the result of its lines one after the other', () => {
  const cases: readonly [name: string, lines: string[], rules: string[]][] = [
    ['nothing', [], []],
    ['comments and empty lines', ['# one', '', '  ', '\t# two'], []],
    ['windows line ends', [`${A}\r`, `${R}\r`], [A, R]],
    ['the program itself', [`ipvsadm ${A}`], [A]],
    [
      'edits reset what they do not name',
      [A, R, '-e -t 192.0.2.1:80 -r 198.51.100.1 -w 5 -m'],
      [A, '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 5'],
    ],
    [
      'an edited service keeps its servers',
      [A, R, '-E -t 192.0.2.1:80 -p 50'],
      ['-A -t 192.0.2.1:80 -s wlc -p 50', R],
    ],
    [
      'edits that keep',
      [A, R, '-e --keep -t 192.0.2.1:80 -r 198.51.100.1 -x 9', '-E --keep -t 192.0.2.1:80 -p 50'],
      [`${A} -p 50`, `${R} -x 9`],
    ],
    ['a deleted server', [A, R, '-d -t 192.0.2.1:80 -r 198.51.100.1'], [A]],
    ['a deleted service goes with its servers', [A, R, '-D -t 192.0.2.1:80', A], [A]],
    ['what is cleared and then deleted', [A, '-Z -t 192.0.2.1:80', '-D -t 192.0.2.1:80', A, R], [A, R]],
    [
      'servers after their service was edited',
      [A, '-E -t 192.0.2.1:80 -s lc', R],
      ['-A -t 192.0.2.1:80 -s lc', R],
    ],
    ['cleared', [A, R, '-C', '-A -f 5 -s rr'], ['-A -f 5 -s rr']],
    ['marks of both families', ['-A -f 5 -s rr', '-A -f 5 -6 -s rr'], ['-A -f 5 -s rr', '-A -f 5 -6 -s rr']],
    ['timeouts add up', ['--set 5 0 0', '--set 0 6 0'], ['--set 5 6 300']],
    [
      'daemons',
      ['--start-daemon master --mcast-interface eth0', '--start-daemon backup --syncid 3'],
      ['--start-daemon master --mcast-interface eth0 --syncid 0', '--start-daemon backup --syncid 3'],
    ],
    ['a daemon that is stopped again', ['--start-daemon master', '--stop-daemon master'], []],
    ['counters are cleared last', [A, '-Z', '-Z -t 192.0.2.1:80', R], [A, R, '-Z', '-Z -t 192.0.2.1:80']],
  ]
  it.each(cases)('%s', async (_name, lines, rules) => {
    expect(await read(...lines)).toEqual({ rules, problems: [] })
  })
})

const RANGE =
  'a service has one port, or all (0, with -p); for a range use a firewall mark: ipvsadm help fwmark-service'

describe('problems', () => {
  const cases: readonly [name: string, lines: string[], problems: string[]][] = [
    [
      'a repetition',
      [A, R, A, R],
      [`line 3: warning: repeats line 1: ${A}`, `line 4: warning: repeats line 2: ${R}`],
    ],
    [
      'in another form',
      [A, '-A -s rr --tcp-service 192.0.2.1:80'],
      ['line 2: warning: repeats line 1: -A -s rr --tcp-service 192.0.2.1:80'],
    ],
    ['repeated after an edit', [A, '-E -t 192.0.2.1:80 -s lc', A], [`line 3: warning: repeats line 2: ${A}`]],
    [
      'contradictions',
      [A, R, '-A -t 192.0.2.1:80 -s wrr', '-a -t 192.0.2.1:80 -r 198.51.100.1 -m'],
      [
        'line 3: contradicts line 1, which has the same service: -A -t 192.0.2.1:80 -s wrr',
        'line 4: contradicts line 2, which has the same server: -a -t 192.0.2.1:80 -r 198.51.100.1 -m',
      ],
    ],
    [
      'what is not there',
      [
        R,
        '-E -t 192.0.2.1:80',
        '-D -f 1',
        '-Z -f 1',
        A,
        '-e -t 192.0.2.1:80 -r 1.1.1.1',
        '-d -t 192.0.2.1:80 -r 1.1.1.1',
        '-e --keep -t 192.0.2.1:80 -r 1.1.1.1',
        '-E --keep -f 1',
      ],
      [
        `line 1: Service not defined: no line before adds it: ${R}`,
        'line 2: No such service: no line before adds it: -E -t 192.0.2.1:80',
        'line 3: No such service: no line before adds it: -D -f 1',
        'line 4: No such service: no line before adds it: -Z -f 1',
        'line 6: No such destination: no line before adds it: -e -t 192.0.2.1:80 -r 1.1.1.1',
        'line 7: No such destination: no line before adds it: -d -t 192.0.2.1:80 -r 1.1.1.1',
        'line 8: No such destination: no line before adds it: -e --keep -t 192.0.2.1:80 -r 1.1.1.1',
        'line 9: No such service: no line before adds it: -E --keep -f 1',
      ],
    ],
    [
      'daemons',
      [
        '--start-daemon master',
        '--start-daemon master',
        '--start-daemon master --syncid 3',
        '--stop-daemon backup',
        '--stop-daemon backup',
      ],
      [
        'line 3: contradicts line 1, which starts the same daemon: --start-daemon master --syncid 3',
        'line 2: warning: repeats line 1: --start-daemon master',
        'line 5: warning: repeats line 4: --stop-daemon backup',
      ],
    ],
    [
      'what changes nothing',
      ['-Ln', '-S', '-R'],
      [
        'line 3: a file cannot be restored from within a file: -R',
        'line 1: warning: a listing changes nothing and is left out: -Ln',
        'line 2: warning: a listing changes nothing and is left out: -S',
      ],
    ],
    [
      'the end of the file',
      ['-h', 'garbage', A],
      ['line 1: warning: ends the file, as in the original; lines after it that are left out: 2: -h'],
    ],
    [
      'control characters',
      ['-A -t \u001b[2J:80', `-A -t 192.0.2.1:80 \0 --${'x'.repeat(500)}`],
      [
        'line 1: \\x1b[2J: no address, the name is unknown: -A -t \\x1b[2J:80',
        `line 2: --${'x'.repeat(117)}…: -A -t 192.0.2.1:80 \\x00 --${'x'.repeat(96)}…`,
      ],
    ],
    [
      'invisible characters',
      [
        '-A -t 192.0.2.1:80\u00a0-s rr',
        '-A -t 192.0.2.1:80 -s\u200brr',
        '\u3000-A -f 1',
        '\t-A -f 3 -s rr\u00a0 ',
      ],
      [
        'line 1: illegal virtual server address[:port] specified; the line has the invisible character U+00A0: -A -t 192.0.2.1:80\\u{a0}-s rr',
        'line 3: does not begin with a command; the line has the invisible character U+3000: \\u{3000}-A -f 1',
        'line 2: warning: the line has the invisible character U+200B: -A -t 192.0.2.1:80 -s\\u{200b}rr',
        'line 4: warning: the line has the invisible character U+00A0: -A -f 3 -s rr\\u{a0}',
      ],
    ],
    [
      'ranges of ports',
      ['-A -u 192.0.2.1:50000-60000', '-A --udp-service=[2001:db8::1]:50000:60000', '-A -t 192.0.2.1:80-'],
      [
        `line 1: ${RANGE}: -A -u 192.0.2.1:50000-60000`,
        `line 2: ${RANGE}: -A --udp-service=[2001:db8::1]:50000:60000`,
        'line 3: illegal virtual server address[:port] specified: -A -t 192.0.2.1:80-',
      ],
    ],
    [
      'names that the kernel would cut',
      [`-A -f 1 -s ${'w'.repeat(16)}`, `-A -f 1 --pe ${'Ų'.repeat(8)}`, `-A -f 2 -s ${'w'.repeat(15)}`],
      [
        `line 1: the name \`${'w'.repeat(16)}' is longer than 15 bytes: -A -f 1 -s ${'w'.repeat(16)}`,
        `line 2: the name \`${'Ų'.repeat(8)}' is longer than 15 bytes: -A -f 1 --pe ${'Ų'.repeat(8)}`,
      ],
    ],
    [
      'netmasks without persistence',
      ['-A -f 1 -M 255.255.0.0', '-A -f 1', '-A -f 1 -p -M 255.255.0.0'],
      [
        'line 3: contradicts line 1, which has the same service: -A -f 1 -p -M 255.255.0.0',
        'line 2: warning: repeats line 1: -A -f 1',
      ],
    ],
  ]
  it.each(cases)('%s', async (_name, lines, problems) => {
    expect((await read(...lines)).problems).toEqual(problems)
  })

  it('all at once, each with its line', async () => {
    const { problems } = await read('garbage', A, '-A -t 1:80 -Q', `${R} -w 2`, '-A -t 192.0.2.2:80 -w 1')
    expect(problems).toEqual([
      'line 1: does not begin with a command: garbage',
      'line 3: -Q: unknown option: -A -t 1:80 -Q',
      `line 4: multiple 'weight' options specified: ${R} -w 2`,
      "line 5: Illegal 'weight' option with the 'add-service' command: -A -t 192.0.2.2:80 -w 1",
    ])
  })
})
