// The syntax of JSON: the same texts as JSON.parse of Node takes, and the places of faults.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { scanJson } from '../../lib/rules/json-syntax.ts'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const expectSameVerdict = (text: string) =>
  expect([text, Array.isArray(scanJson(text))]).toEqual([text, isJson(text)])

describe('a text is JSON where JSON.parse takes it', () => {
  it('made of pieces', () => {
    const pieces = [
      ...[
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"',
        '"a"',
        '\\',
        '\n',
        ' ',
        '\t',
        '\r',
        '\v',
        '\u00a0',
        '\u2028',
        '\ufeff',
      ],
      ...[
        '0',
        '1',
        '12',
        '-',
        '+',
        '.',
        'e',
        'E5',
        '.5',
        '1.',
        '-01',
        '0x1',
        'true',
        'tru',
        'false',
        'null',
        'NaN',
      ],
      ...[
        '"\\q"',
        '"\\u12"',
        '"\\u00e9"',
        '"\\x41"',
        '"\\\n"',
        '"\u007f"',
        '"\u2028"',
        '"\t"',
        "'a'",
        '//',
        '/**/',
      ],
      ...['{"a":1}', '[1,2]', '{"a":', '[1,', '""'],
    ]
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((list) => list.join(''))
    fc.assert(fc.property(text, expectSameVerdict), { numRuns: 20_000 })
  })

  it('of any value, and with one character changed', () => {
    const text = fc
      .tuple(fc.jsonValue(), fc.constantFrom(undefined, 2))
      .map(([value, indent]) => JSON.stringify(value, null, indent))
    const character = fc.constantFrom(...'{}[]:,"\\ \n01-.eEtu\u0000', '')
    fc.assert(
      fc.property(text, fc.nat(), character, (whole, number, other) => {
        expectSameVerdict(whole)
        const at = number % (whole.length + 1)
        expectSameVerdict(whole.slice(0, at) + other + whole.slice(at + 1))
      }),
      { numRuns: 5000 },
    )
  })
})

it('the lines on which objects begin', () => {
  const text = '\n{"a":\n[{}, "{\\"{", {"b":\n\n{}}]}\n'
  expect(scanJson(text)).toEqual([2, 3, 3, 5])
})

it.each([
  ['', 1, 'the text ends where a value is expected'],
  ['{\n"a": 1\n\n', 2, 'the text ends where a comma or } is expected'],
  ['{"a": tru\n}\n', 1, 'a value is expected at column 7'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 'a comma or } is expected at column 3'],
  ['[1\n, 2,\n]', 3, 'a value is expected at column 1'],
  ['{"a": 1,\n}', 2, 'a name in double quotes is expected at column 1'],
  ['{a: 1}', 1, 'a name in double quotes or } is expected at column 2'],
  ['{"a"}', 1, 'a colon is expected at column 5'],
  ['[01]', 1, 'a comma or ] is expected at column 3'],
  ['{}\n}', 2, 'nothing more is expected at column 1'],
  ['{"\n[{"[', 1, 'a string has a control character'],
  ['{\n"\\q": 1}', 2, 'a string has an unknown escape'],
  ['{"a', 1, 'a string does not end'],
])('the place of a fault: %j', (text, line, problem) => {
  expect(scanJson(text)).toEqual({ line, problem })
})

it('any depth', () => {
  const text = '['.repeat(100_000) + ']'.repeat(100_000)
  expect(scanJson(text)).toEqual([])
})
