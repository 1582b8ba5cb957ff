// popt's grammar: words → options, with options of the test, because the parser has none of its own.

import { describe, expect, it } from '@jest/globals'
import { indexSpecs, Popt, type Spec } from '../../lib/grammar/popt.ts'

const SPECS: readonly Spec[] = [
  { long: 'add', short: 'A', argument: 'none' },
  { long: 'list', short: 'Ll', argument: 'none' },
  { long: 'exact', argument: 'none' },
  { long: 'weight', short: 'w', argument: 'required' },
  { long: 'service', short: 't', argument: 'required' },
  { long: 'persistent', short: 'p', argument: 'optional' },
]
const INDEX = indexSpecs(SPECS)

/** The options as `name` or `name=value`, the other words after a bar, an error last. */
function read(words: readonly string[], posix = false): string {
  const options = new Popt(words, INDEX, { posix })
  const { rest } = options
  const seen: string[] = []
  let error = ''
  try {
    while (options.next()) {
      const { spec, value } = options
      seen.push(value === undefined ? spec.long : `${spec.long}=${value}`)
    }
  } catch (thrown) {
    error = ` ! ${(thrown as Error).message}`
  }
  return `${seen.join(' ')}${rest.length > 0 ? ` | ${rest.join(' ')}` : ''}${error}`
}

// biome-ignore format: a table
const CASES: readonly (readonly [words: string, options: string])[] = [
  ['', ''],
  ['-A', 'add'],
  ['--add', 'add'],
  ['-L', 'list'],
  ['-l', 'list'],
  ['-AL', 'add list'],
  ['-ALl', 'add list list'],
  // values
  ['-w 5', 'weight=5'],
  ['-w5', 'weight=5'],
  ['-w=5', 'weight=5'],
  ['-w==5', 'weight==5'],
  ['-w=', 'weight='],
  ['--weight 5', 'weight=5'],
  ['--weight=5', 'weight=5'],
  ['--weight==5', 'weight==5'],
  ['--weight=', 'weight='],
  ['-Aw5', 'add weight=5'],
  ['-Aw 5', 'add weight=5'],
  ['-wA', 'weight=A'],
  ['-At a:1', 'add service=a:1'],
  // a required value is the next word in any form
  ['-w -5', 'weight=-5'],
  ['-w --', 'weight=--'],
  ['-w -A', 'weight=-A'],
  ['-w --add', 'weight=--add'],
  ['-w - -A', 'weight=- add'],
  // an optional one, unless it begins with a dash
  ['-p', 'persistent'],
  ['-p 5', 'persistent=5'],
  ['-p5', 'persistent=5'],
  ['-p=5', 'persistent=5'],
  ['-p=', 'persistent='],
  ['-p ==5', 'persistent===5'],
  ['--persistent', 'persistent'],
  ['--persistent 5', 'persistent=5'],
  ['--persistent=5', 'persistent=5'],
  ['--persistent=', 'persistent='],
  ['-p -A', 'persistent add'],
  ['-pA', 'persistent=A'],
  ['-Ap 5', 'add persistent=5'],
  ['-p -- 5', 'persistent | 5'],
  ['-p -', 'persistent | -'],
  ['-p --weight 5', 'persistent weight=5'],
  // words that are not options
  ['foo', ' | foo'],
  ['foo -A bar', 'add | foo bar'],
  ['-', ' | -'],
  ['-A - -L', 'add list | -'],
  ['-A -- -L', 'add | -L'],
  ['-A --', 'add'],
  ['--', ''],
  ['-- --', ' | --'],
  // errors, and the word with the error
  ['-Q', ' ! -Q: unknown option'],
  ['-AzL', 'add ! -AzL: unknown option'],
  ['-zA', ' ! -zA: unknown option'],
  ['-A-', 'add ! -A-: unknown option'],
  ['-A=', ' ! -A=: option does not take an argument'],
  ['-AL=5', 'add ! -AL=5: option does not take an argument'],
  ['-Az=5', 'add ! -Az=5: unknown option'],
  ['-=5', ' ! -=5: unknown option'],
  ['--foo', ' ! --foo: unknown option'],
  ['--foo=5', ' ! --foo=5: unknown option'],
  ['--exac', ' ! --exac: unknown option'],
  ['--exactly', ' ! --exactly: unknown option'],
  ['--A', ' ! --A: unknown option'],
  ['--=5', ' ! --=5: unknown option'],
  ['---', ' ! ---: unknown option'],
  ['--exact=1', ' ! --exact=1: option does not take an argument'],
  ['--exact=', ' ! --exact=: option does not take an argument'],
  ['-w', ' ! -w: missing argument'],
  ['-Aw', 'add ! -Aw: missing argument'],
  ['--weight', ' ! --weight: missing argument'],
  ['foo -Q', ' | foo ! -Q: unknown option'],
  ['-A -Q -w', 'add ! -Q: unknown option'],
]

describe('words', () => {
  it.each(CASES)('%j', (words, options) => {
    expect(read(words === '' ? [] : words.split(' '))).toBe(options)
  })

  it('an empty word is a value like any other', () => {
    expect(read(['-w', ''])).toBe('weight=')
    expect(read(['-p', ''])).toBe('persistent=')
    expect(read(['', '-A'])).toBe('add | ')
  })

  it('options carry the whole word that they, or their values, were found in', () => {
    const options = new Popt(['-AL', '--weight=5', '-w', '5'], INDEX)
    const words: string[] = []
    while (options.next()) words.push(options.word)
    expect(words).toEqual(['-AL', '-AL', '--weight=5', '5'])
  })

  it('errors come in the order of the words, after the options before them', () => {
    const options = new Popt(['-A', '-w', '5', '--foo', '-Q'], INDEX)
    expect([options.next(), options.spec.long]).toEqual([true, 'add'])
    expect([options.next(), options.value]).toEqual([true, '5'])
    expect(() => options.next()).toThrow('--foo: unknown option')
  })
})

describe('an index finds an option by', () => {
  it.each(['list', 'weight', 'exact'])('its long name, also again: %s', (name) => {
    expect([INDEX.long(name)?.long, INDEX.long(name)?.long]).toEqual([name, name])
  })

  it('each of its letters', () => {
    expect(['A', 'L', 'l', 'L'].map((letter) => INDEX.short(letter)?.long)).toEqual([
      'add',
      'list',
      'list',
      'list',
    ])
  })

  it('nothing else', () => {
    expect(['', 'Q', 'add', '\u0000'].map((letter) => INDEX.short(letter))).toEqual(Array(4).fill(undefined))
    expect(['', 'A', 'lis'].map((name) => INDEX.long(name))).toEqual(Array(3).fill(undefined))
  })
})

// As the reference reads them: each was typed (test/differential/scenarios/popt.txt).
describe('!#:+ in a value is replaced by the next word that is not an option', () => {
  it.each([
    ['-t !#:+ a b', 'service=a | b'],
    ['-t !#:+ -w a b', 'service=a weight=a | b'],
    ['-t !#:+', 'service=!#:+'],
    ['-A -t x!#:+y w', 'add service=xwy'],
    ['-tw!#:+ a -A', 'service=wa add'],
    ['-t=!#:+ a', 'service=a'],
    ['--service=!#:+!#:+ a b', 'service=aa | b'],
    ['--service=w!#:+ -p !#:+ a 50', 'service=w!#:+ persistent=a | 50'],
    ['-t !#:+ - a', 'service=a | -'],
    ['-t !#:+ -- a -A', 'service=a | -A'],
    ['-t a!#:+ b!#:+ c', 'service=ab!#:+ | c'],
    ['-t !#: a', 'service=!#: | a'],
    ['!#:+ a', ' | !#:+ a'],
    // The reference never ends.
    ['-t !#:+ -A', 'service=!#:+ add'],
  ])('%s', (words, options) => {
    expect(read(words.split(' '))).toBe(options)
  })

  it('an empty word is one too', () => {
    expect(read(['-t', 'a!#:+', '', '-A'])).toBe('service=a add')
  })
})

describe('POSIXLY_CORRECT', () => {
  it.each([
    ['-A foo -L', 'add | foo -L'],
    ['foo -A', ' | foo -A'],
    ['-A - -L', 'add | - -L'],
    ['-w 5 foo -Q', 'weight=5 | foo -Q'],
    ['-A -- -L foo', 'add | -L foo'],
  ])('%j', (words, options) => {
    expect(read(words.split(' '), true)).toBe(options)
  })
})

describe('names', () => {
  it('of object properties are not options', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
      expect(read([`--${name}`])).toBe(` ! --${name}: unknown option`)
  })
})
