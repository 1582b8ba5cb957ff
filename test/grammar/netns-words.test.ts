// `--netns` among the words of each program.
import { describe, expect, it } from '@jest/globals'
import { COMMANDS } from '../../lib/grammar/command-rows.ts'
import { takeNetns } from '../../lib/grammar/netns-words.ts'
import { SUBCOMMAND_ROWS } from '../../lib/grammar/subcommand-rows.ts'

const taken = (line: string, { program = 'ipvsadm', posix = false } = {}) => {
  const found = takeNetns(program, line.split(' '), posix)
  return found && [found.word, found.rest.join(' ')]
}

describe('is taken', () => {
  it.each(COMMANDS)('from --$long', ({ long, argument }) => {
    const command = `--${long}${argument === 'none' ? '' : ' master'}`
    expect(taken(`${command} --netns blue`)).toEqual(['blue', command])
    expect(taken(`${command} --netns=blue`)).toEqual(['blue', command])
  })

  it.each(SUBCOMMAND_ROWS.filter(({ name }) => name !== 'help'))('from $name', ({ name }) => {
    expect(taken(`${name} --netns blue`)).toEqual(['blue', name])
    expect(taken(`${name} --netns=blue file`)).toEqual(['blue', `${name} file`])
  })

  it.each([
    ['-a -t 192.0.2.1:80 --netns blue -r 10.0.0.1 -m', 'blue', '-a -t 192.0.2.1:80 -r 10.0.0.1 -m'],
    ['-A -pt 192.0.2.1:80 --netns blue', 'blue', '-A -pt 192.0.2.1:80'],
    ['--set 1 2 --netns blue 3', 'blue', '--set 1 2 3'],
    ['-L --netns --netns=x', '--netns=x', '-L'],
    ['-A --bogus --netns blue', 'blue', '-A --bogus'],
    ['apply -v --scope tcp file --netns blue', 'blue', 'apply -v --scope tcp file'],
  ])('%s', (line, word, rest) => {
    expect(taken(line)).toEqual([word, rest])
  })

  it('from the companions', () => {
    expect(taken('-n --netns blue -o file', { program: 'ipvsadm-save' })).toEqual(['blue', '-n -o file'])
    expect(taken('-x --scope tcp --netns=blue', { program: 'ipvsadm-restore' })).toEqual([
      'blue',
      '-x --scope tcp',
    ])
    // A companion has no subcommands.
    expect(taken('help --netns blue', { program: 'ipvsadm-restore' })).toEqual(['blue', 'help'])
  })
})

describe('is left', () => {
  it.each([
    ['where it is a value', '-A -s --netns -t x'],
    ['before the command', '--netns blue -L'],
    ['after the end of the options', '-L -- --netns blue'],
    ['among the words of help', 'help --netns'],
    ['in a line that is to be completed', 'completion words -- -L --netns b'],
    ['without its value', '-L --netns'],
    ['as the file of a save', '-L'],
  ])('%s', (_, line) => {
    expect(taken(line)).toBeUndefined()
  })

  it('as the value of another option of a companion', () => {
    expect(taken('-o --netns', { program: 'ipvsadm-save' })).toBeUndefined()
  })

  it('after the first word that is no option, under POSIXLY_CORRECT', () => {
    expect(taken('--set 1 2 3 --netns blue', { posix: true })).toBeUndefined()
  })
})

it('is refused twice', () => {
  expect(() => taken('-L --netns a --netns b')).toThrow("multiple 'netns' options specified")
})
