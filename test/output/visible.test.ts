// Untrusted text in messages.
import { describe, expect, it } from '@jest/globals'
import { invisibleCharacter, visible } from '../../lib/output/visible.ts'

describe('visible', () => {
  it.each([
    ['plain text, with blanks', 'plain text, with blanks'],
    ['Grüße, 世界', 'Grüße, 世界'],
    ['a\tb', 'a\\tb'],
    ['\x1b[2J\x9b\x7f', '\\x1b[2J\\x9b\\x7f'],
    ['a\u00a0b', 'a\\u{a0}b'],
    ['a\u200bb\u202eb\ufeff', 'a\\u{200b}b\\u{202e}b\\u{feff}'],
    ['\u2003\u3000\u2028', '\\u{2003}\\u{3000}\\u{2028}'],
    ['\u3164\u2800', '\\u{3164}\\u{2800}'],
    ['\ud800', '\\u{d800}'],
  ])('%j', (text, expected) => {
    expect(visible(text)).toBe(expected)
  })

  it('cuts a long text', () => {
    expect(visible('x'.repeat(10), 5)).toBe('xxxx…')
  })
})

describe('invisibleCharacter', () => {
  it.each([
    ['a b\tc\r', undefined],
    ['a\u00a0\u200b', 'U+00A0'],
    ['\u{e0020}', 'U+E0020'],
  ])('%j', (text, expected) => {
    expect(invisibleCharacter(text)).toBe(expected)
  })
})
