// The texts of `ipvsadm help` and of the subcommands' --help.

import { describe, expect, it } from '@jest/globals'
import { COMMANDS } from '../../lib/grammar/command-rows.ts'
import { OPTIONS } from '../../lib/grammar/option-rows.ts'
import { SUBCOMMAND_ROWS } from '../../lib/grammar/subcommand-rows.ts'
import { helpWords } from '../../lib/help/describe.ts'
import { COMMAND_TEXTS, OPTION_TEXTS, SUBCOMMAND_TEXTS, TOPICS } from '../../lib/help/texts.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const SUBCOMMANDS = SUBCOMMAND_ROWS.map(({ name }) => name)
const TEXTS = [OPTION_TEXTS, COMMAND_TEXTS, SUBCOMMAND_TEXTS].flatMap((texts) => [...texts.values()])

const help = (...words: string[]) => run(new FakeKernel(), ['help', ...words])

describe('texts', () => {
  it('exist for every option, command and subcommand, and for nothing else', () => {
    expect([...OPTION_TEXTS.keys()].sort()).toEqual(OPTIONS.map(({ long }) => long).sort())
    expect([...COMMAND_TEXTS.keys()].sort()).toEqual(COMMANDS.map(({ long }) => long).sort())
    expect([...SUBCOMMAND_TEXTS.keys()]).toEqual(SUBCOMMANDS)
  })

  it('fit a terminal and end with a full stop', () => {
    for (const text of [...TEXTS, ...TOPICS.values()]) {
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
      expect(text).not.toMatch(/ $/m)
    }
    for (const text of TEXTS) expect(text).toMatch(/\.$/)
  })
})

describe('ipvsadm help', () => {
  it('lists the topics and subcommands', async () => {
    const { status, stdout } = await help()
    expect(status).toBe(0)
    for (const name of [...TOPICS.keys(), ...SUBCOMMANDS]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
    }
  })

  it('has a text on each of its words', async () => {
    for (const { value } of helpWords()) {
      const { status, stdout, stderr } = await help(value)
      expect([value, status, stderr]).toEqual([value, 0, ''])
      expect(stdout.split('\n').length).toBeGreaterThan(2)
    }
  })

  it.each([['-w'], ['w'], ['weight'], ['--weight']])('finds the weight by %s', async (word) => {
    const { stdout } = await help(word)
    expect(stdout).toMatch(/^-w, --weight weight\n/)
    expect(stdout).toContain('Used with: -a -e\n')
  })

  it.each([
    ['-A', '-A virtual-service'],
    ['-6', '-6, --ipv6\n'],
    ['--help', 'ipvsadm -h\n'],
    ['-h', 'ipvsadm -h\n'],
    ['clear', 'ipvsadm -C\n'],
    ['restore', 'Restoring a table'],
    ['--restore', 'ipvsadm -R\n'],
  ])('knows %s', async (word, text) => {
    expect((await help(word)).stdout).toContain(text)
  })

  it.each([['nosuch'], ['--w'], ['-weight'], ['constructor']])('has no text on %s', async (word) => {
    expect(await help(word)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `there is no help on \`${word}'; see \`ipvsadm help'\n`,
    })
  })

  it('explains a finding of the doctor', async () => {
    const { status, stdout } = await run(new FakeKernel(), 'help doctor server-unreachable')
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('route to the server') })
  })

  it.each([
    ['help doctor nosuch', 'nosuch'],
    ['help doctor no-module more', 'more'],
  ])('refuses %j', async (words, unknown) => {
    const { status, stderr } = await run(new FakeKernel(), words)
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `there is no help on \`${unknown}'; see \`ipvsadm help'\n`,
    })
  })
})

describe('a subcommand', () => {
  it.each(SUBCOMMANDS.filter((name) => name !== 'help'))('%s has --help', async (name) => {
    const { status, stdout } = await run(new FakeKernel(), [name, '--help'])
    expect(status).toBe(0)
    expect(stdout).toContain(`ipvsadm ${name}`)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it.each(SUBCOMMANDS.filter((name) => name !== 'help'))(
    '%s refuses an unknown option in one line',
    async (name) => {
      const { status, stdout, stderr } = await run(new FakeKernel(), [name, '--no-such-option'])
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(new RegExp(`^${name}: .*; see \`ipvsadm ${name} --help'\n$`))
      expect(stderr.trim().split('\n')).toHaveLength(1)
    },
  )

  it.each(['apply rules --scope', 'drain -t', 'top --interval', 'completion tcsh'])(
    'refuses a missing or wrong value in one line: %s',
    async (line) => {
      const name = line.split(' ')[0]
      const { status, stdout, stderr } = await run(new FakeKernel(), line)
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(new RegExp(`^${name}: .*; see \`ipvsadm ${name} --help'\n$`))
    },
  )
})
