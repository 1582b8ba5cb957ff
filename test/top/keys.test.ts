// The bytes of a terminal as keys.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Key, NO_KEYS, readKeys, type SpecialKey, settleKeys } from '../../lib/top/keys.ts'

/** The keys of these chunks, one after the other, and what is left. */
function read(...chunks: (string | readonly number[])[]) {
  let state = NO_KEYS
  const keys: Key[] = []
  for (const chunk of chunks) {
    const answer = readKeys(state, Buffer.from(chunk as string))
    keys.push(...answer.keys)
    state = answer.state
  }
  return { keys, state }
}

const named = (name: SpecialKey): Key => ({ text: '', name })
const typed = (text: string): Key[] => [...text].map((character) => ({ text: character }))

describe('readKeys', () => {
  it.each<[string, string, Key[]]>([
    ['arrows', '\u001b[A\u001b[B', [named('up'), named('down')]],
    ['arrows of the application mode', '\u001bOA\u001bOB', [named('up'), named('down')]],
    ['arrows with modifiers', '\u001b[1;5A\u001b[1;2B', [named('up'), named('down')]],
    ['page keys', '\u001b[5~\u001b[6~\u001b[6;5~', [named('pageUp'), named('pageDown'), named('pageDown')]],
    ['return, also of the keypad', '\r\n\u001bOM', [named('return'), named('return'), named('return')]],
    [
      'backspace and delete',
      '\u007f\b\u001b[3~',
      [named('backspace'), named('backspace'), named('backspace')],
    ],
    ['Ctrl-C', '\u0003', [named('interrupt')]],
    ['escape before another key', '\u001bq', [named('escape'), ...typed('q')]],
    ['escape twice', '\u001b\u001b[A', [named('escape'), named('up')]],
    ['text in UTF-8', 'aß€😀', typed('aß€😀')],
    ['keys that mean nothing here', '\u001b[C\u001b[[A\u001b[15~\u001b[1;3P\u001bOPx', typed('x')],
    ['a sequence that breaks off', '\u001b[1\rx', [named('return'), ...typed('x')]],
    ['control characters', '\u0000\u0001\u001f\u0085x', typed('x')],
    ['a paste', '\u001b[200~q\r1 ß\u001b[201~q', [{ text: 'q1 ß', name: 'paste' }, ...typed('q')]],
    ['an empty paste', '\u001b[200~\u001b[201~q', typed('q')],
    ['a paste with an escape in it', '\u001b[200~a\u001b[20b\u001b[201~', [{ text: 'a[20b', name: 'paste' }]],
  ])('reads %s', (_what, bytes, keys) => {
    expect(read(bytes)).toEqual({ keys, state: NO_KEYS })
  })

  it.each<[string, number[]]>([
    ['a lone continuation byte', [0x80]],
    ['a character that breaks off', [0xe2, 0x82]],
    ['too long a form', [0xc1, 0xbf, 0xe0, 0x80, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a code beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('drops %s', (_what, bytes) => {
    expect(read([...bytes, 0x78]).keys).toEqual(typed('x'))
  })

  it('drops a sequence that is too long for a key', () => {
    const { keys, state } = read(`\u001b[${'1;'.repeat(40)}`)
    expect(state).toEqual(NO_KEYS)
    expect(keys.every(({ name }) => name === undefined)).toBe(true)
  })

  it('keeps an incomplete sequence, and joins it with the next bytes', () => {
    expect(read('\u001b')).toMatchObject({ keys: [], state: { rest: new Uint8Array([0x1b]) } })
    expect(read('\u001b', '[', '1;5', 'A').keys).toEqual([named('up')])
    expect(read([0xe2], [0x82, 0xac]).keys).toEqual(typed('€'))
    expect(read('\u001b[200~a', '\u001b[2', '01~b').keys).toEqual([
      { text: 'a', name: 'paste' },
      ...typed('b'),
    ])
  })

  it('reads a lone escape as the key after the timeout, and drops other beginnings', () => {
    expect(settleKeys(read('\u001b').state)).toEqual({ keys: [named('escape')], state: NO_KEYS })
    expect(settleKeys(read('\u001b[').state)).toEqual({ keys: [], state: NO_KEYS })
    expect(settleKeys(read([0xe2]).state)).toEqual({ keys: [], state: NO_KEYS })
    const { state } = settleKeys(read('\u001b[200~\u001b').state)
    expect(state.pasting).toBe(true)
  })

  it('reads the same keys for any split of the bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\u001b[A',
        '\u001b[6~',
        '\u001bOB',
        '\u001b',
        '\r',
        '\u007f',
        '\u001b[200~',
        '\u001b[201~',
      ),
      fc.string({ unit: 'binary' }),
    )
    /** Adjacent pasted texts as one: cuts divide them. */
    const joined = (keys: readonly Key[]) =>
      JSON.stringify(keys.map(({ text, name }) => name ?? text)).replaceAll(/("paste",)+(?="paste")/g, '')
    const pasted = (keys: readonly Key[]) =>
      keys.map(({ text, name }) => (name === 'paste' ? text : '')).join('')
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(7)), (pieces, cuts) => {
        const bytes = [...Buffer.from(pieces.join(''))]
        const chunks: number[][] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = 1 + (cuts[i] ?? 0)
          chunks.push(bytes.slice(at, at + length))
          at += length
        }
        const whole = read(bytes)
        const cut = read(...chunks)
        expect(joined(cut.keys)).toBe(joined(whole.keys))
        expect(pasted(cut.keys)).toBe(pasted(whole.keys))
        expect(cut.state).toEqual(whole.state)
      }),
    )
  })
})
