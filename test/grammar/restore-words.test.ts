// The words of ipvsadm-restore.
import { describe, expect, it } from '@jest/globals'
import { readRestoreWords } from '../../lib/grammar/restore-words.ts'

const read = (line: string) => readRestoreWords(line.split(' '))

describe('the words of ipvsadm-restore', () => {
  it.each<[string, Record<string, unknown>]>([
    ['', {}],
    ['-v', { verbose: true }],
    ['--verbose --keep-going --keep-weights', { verbose: true, 'keep-going': true, 'keep-weights': true }],
    ['--wait 3', { wait: '3' }],
    ['--wait=3 --wait 4', { wait: '4' }],
    ['--scope tcp --scope=udp', { scope: ['tcp', 'udp'] }],
    ['--scope --wait', { scope: ['--wait'] }],
    ['foo -n -vn - -- -x --help', {}],
  ])('%s', (line, expected) => expect(read(line)).toEqual(expected))

  it.each([
    ['--scop 192.0.2.1/32', '--scop: unknown option'],
    ['--scop=192.0.2.1/32', '--scop=192.0.2.1/32: unknown option'],
    ['foo --numeric', '--numeric: unknown option'],
    ['--wait', '--wait: missing argument'],
    ['--keep-weights=no', '--keep-weights=no: option does not take an argument'],
  ])('refused: %s', (line, message) => expect(() => read(line)).toThrow(message))
})
