// The table of subcommands: rules that every row follows.
import { describe, expect, it } from '@jest/globals'
import { COMMANDS } from '../../lib/grammar/command-rows.ts'
import { OPTIONS } from '../../lib/grammar/option-rows.ts'
import type { SubcommandOption } from '../../lib/grammar/subcommand-options.ts'
import { SUBCOMMAND_ROWS } from '../../lib/grammar/subcommand-rows.ts'

describe.each(SUBCOMMAND_ROWS.map((row) => [row.name, row] as const))('%s', (name, row) => {
  it('is in the table once, and is not an option', () => {
    expect(SUBCOMMAND_ROWS.filter((other) => other.name === name)).toEqual([row])
    expect(name).toMatch(/^[a-z]+$/)
  })

  it('has a value name for every option with a value, and for no other', () => {
    for (const { valueName, argument } of row.options)
      expect(valueName !== undefined).toBe(argument !== 'none')
  })

  it('has no option twice', () => {
    const names = row.options.flatMap(({ long, short = '' }) => [long, ...short])
    expect(new Set(names).size).toBe(names.length)
  })

  it('has short texts without a full stop', () => {
    for (const text of [row.help, ...row.options.map(({ help }) => help)])
      expect(text).toMatch(/^[a-z].*[^.]$/)
  })
})

const rowsOf = (name: string): readonly SubcommandOption[] =>
  SUBCOMMAND_ROWS.find((row) => row.name === name)!.options

describe('options', () => {
  it('that name a service and a server are the rows of the classic table', () => {
    const { options } = COMMANDS.find(({ id }) => id === 'delete-server')!
    const classic = OPTIONS.filter(
      ({ id, idle }) => id !== 'netns' && (options[id] !== undefined || (idle && id === 'ipv6')),
    )
    expect(rowsOf('drain')).toEqual(expect.arrayContaining(classic))
  })

  it('of the same name are the same option, but for the text', () => {
    const seen = new Map<string, object>()
    for (const { options } of SUBCOMMAND_ROWS) {
      for (const { help: _, ...row } of options as readonly SubcommandOption[]) {
        expect(row).toEqual(seen.get(row.long) ?? row)
        seen.set(row.long, row)
      }
    }
  })
})
