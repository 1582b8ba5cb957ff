// The output for a screen.
import { describe, expect, it } from '@jest/globals'
import { redraw } from '../../lib/top/drawing.ts'
import type { ScreenLine } from '../../lib/top/view.ts'

const SIZE = { columns: 20, rows: 3 }
const line = (text: string): ScreenLine => [{ text, style: 'plain' }]
const LINES = ['one', 'two', 'three'].map(line)

describe('redraw', () => {
  it('draws all lines of a first screen', () => {
    expect(redraw(undefined, LINES, SIZE).text).toBe(
      '\u001b[1;1Hone\u001b[K\u001b[2;1Htwo\u001b[K\u001b[3;1Hthree\u001b[K',
    )
  })

  it('draws the lines that have changed, and nothing if none has', () => {
    const { drawn } = redraw(undefined, LINES, SIZE)
    expect(redraw(drawn, LINES, { ...SIZE }).text).toBe('')
    const changed = [LINES[0]!, line('2'), LINES[2]!]
    expect(redraw(drawn, changed, SIZE).text).toBe('\u001b[2;1H2\u001b[K')
  })

  it('draws all lines when the size has changed', () => {
    const { drawn } = redraw(undefined, LINES, SIZE)
    expect(redraw(drawn, LINES, { ...SIZE, columns: 21 }).text).toContain('\u001b[1;1Hone')
  })

  it('colours by style', () => {
    const styled: ScreenLine = [
      { text: 'a', style: 'title' },
      { text: 'b', style: 'overloaded' },
    ]
    expect(redraw(undefined, [styled], SIZE).text).toBe(
      '\u001b[1;1H\u001b[7ma\u001b[27m\u001b[31mb\u001b[39m\u001b[K',
    )
  })
})
