// The table of the ring: scenario, expected text, observed text.
import type { Row, Verdict } from './guest/scenario.ts'

const SEEN: Readonly<Record<Verdict, (row: Row) => string>> = {
  green: () => 'as expected',
  red: ({ seen }) => `RED: ${seen}`,
  kernel: ({ seen }) => `not in this kernel: ${seen}`,
}

const column = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length))

/** One line a row, and the notes under them. */
export function formatRows(rows: readonly Row[]): string {
  const lines = [
    { name: 'scenario', expected: 'expected', seen: 'seen', seconds: '' },
    ...rows.map((row) => ({
      name: `${row.group}: ${row.name}`,
      expected: row.expected,
      seen: SEEN[row.verdict](row),
      seconds: `${row.seconds.toFixed(1)} s`,
    })),
  ]
  const name = column(lines.map((line) => line.name))
  const expected = column(lines.map((line) => line.expected))
  const text = lines.map(
    (line) =>
      `${line.name.padEnd(name)}  ${line.expected.padEnd(expected)}  ${line.seen}${line.seconds && ` (${line.seconds})`}\n`,
  )
  const notes = rows.flatMap((row) => row.notes.map((note) => `  ${note}\n`))
  return `\n${text.join('')}\n${notes.join('')}`
}
