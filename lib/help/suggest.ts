// "Did you mean …?" for a mistyped long option or subcommand.

import { COMMANDS } from '../grammar/command-rows.ts'
import { OPTIONS } from '../grammar/option-rows.ts'
import { SUBCOMMAND_ROWS } from '../grammar/subcommand-rows.ts'

/** The most similar word, with its dashes; undefined if none is similar. */
export function nearest(word: string): string | undefined {
  if (word.startsWith('--')) {
    const name = word.slice(2).split('=', 1)[0]!
    const found = closest(
      name,
      [...COMMANDS, ...OPTIONS].map(({ long }) => long),
    )
    return found && `--${found}`
  }
  const found = word.startsWith('-')
    ? undefined
    : closest(
        word,
        SUBCOMMAND_ROWS.map(({ name }) => name),
      )
  return found && `ipvsadm ${found}`
}

/** The name within one edit per three characters and three edits in all; otherwise the only one with this beginning. */
export function closest(word: string, names: readonly string[]): string | undefined {
  const longer = names.filter((name) => name.startsWith(word))
  if (word.length >= 2 && longer.length === 1) return longer[0]
  const near = names.map((name) => ({ name, edits: distance(word, name) })).sort((a, b) => a.edits - b.edits)
  const best = near[0]
  return best !== undefined && best.edits <= Math.min(3, word.length / 3) ? best.name : undefined
}

/** The Damerau-Levenshtein distance: letters added, removed, replaced or swapped with a neighbour. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
    }
    before = last
    last = row
  }
  return last[b.length]!
}
