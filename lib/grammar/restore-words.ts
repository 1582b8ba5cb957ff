// The words of `ipvsadm-restore`: the options of `apply`. The original ignores all its words, `--help` too, so words
// that are not options are ignored here too; but an unknown long option is refused, because a mistyped `--scope` must
// not empty the rest of the table.
import { indexSpecs } from './popt.ts'
import { refuse } from './refusals.ts'
import { type OptionValues, RESTORE_OPTIONS } from './subcommand-rows.ts'

const INDEX = indexSpecs(RESTORE_OPTIONS)

/** Throws a UsageError if a long option is unknown, or its value is missing or superfluous. */
export function readRestoreWords(words: readonly string[]): OptionValues {
  const values: Record<string, unknown> = {}
  for (const row of RESTORE_OPTIONS) if (row.default !== undefined) values[row.long] = row.default
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const [, name = '', attached] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    const option = name === '' ? INDEX.short(/^-(.)$/.exec(word)?.[1] ?? '') : INDEX.long(name)
    if (option === undefined) {
      if (name !== '' && word !== '--help') refuse(`${word}: unknown option`)
      continue
    }
    if (option.argument === 'none') {
      if (attached !== undefined) refuse(`${word}: option does not take an argument`)
      values[option.long] = true
      continue
    }
    const value = attached ?? words[++i] ?? refuse(`${word}: missing argument`)
    const earlier = values[option.long]
    values[option.long] = option.repeatable ? [...(Array.isArray(earlier) ? earlier : []), value] : value
  }
  return values
}
