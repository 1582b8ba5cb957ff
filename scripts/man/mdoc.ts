// Plain text and names of options → mdoc. Independent of the pages' contents.

/** Escapes a line of text for mdoc. */
function line(text: string): string {
  const escaped = text
    .replace(/\\/g, '\\e')
    .replace(/(^|[\s(`])(--?)(?=\w)/g, (_all, before: string, dashes: string) => {
      return before + dashes.replace(/-/g, '\\-')
    })
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

/** Text with a new line for each sentence, as is usual in manual pages. */
function sentences(text: string): string {
  const joined = text.replace(/\s+/g, ' ').trim()
  return joined
    .split(/(?<=[.?!]) (?=\S)/)
    .flatMap(wrap)
    .map(line)
    .join('\n')
}

/** The length of a line of the source, with room for escapes. */
const WIDTH = 72

function wrap(sentence: string): string[] {
  const lines = ['']
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + word.length >= WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

/** Formats paragraphs, lists of `- ` items and indented examples. */
export function body(text: string): string {
  return (
    text
      .trim()
      .split(/\n\n/)
      .map((block) =>
        block.startsWith('- ') ? list(block) : block.startsWith('  ') ? example(block) : sentences(block),
      )
      .join('\n.Pp\n')
      // Lists and examples are surrounded by space of their own.
      .replace(/\n\.Pp\n(?=\.B[ld] )/g, '\n')
      .replace(/(?<=\n\.E[ld])\n\.Pp\n(?=\.B[ld] )/g, '\n')
  )
}

function list(block: string): string {
  const items = block.split(/\n(?=- )/).map((item) => `.It\n${sentences(item.slice(2))}`)
  return `.Bl -bullet\n${items.join('\n')}\n.El`
}

function example(block: string): string {
  const lines = block.split('\n').map((text) => line(text.slice(2)))
  return `.Bd -literal -offset indent\n${lines.join('\n')}\n.Ed`
}

/** The tag of an option's item in a list: `-w`, `--weight` and a value. */
export function tag(
  { long, short = '' }: { readonly long: string; readonly short?: string },
  value: string | undefined,
): string {
  const names = [...[...short].map((letter) => `Fl ${letter}`), `Fl \\-${escapeName(long)}`]
  return `.It ${names.join(' , ')}${value === undefined ? '' : ` ${value}`}`
}

export const escapeName = (name: string): string => name.replaceAll('-', '\\-')

/** A usage line, `[-s scheduler] a|b`, as macros on one line. */
export function usage(text: string): string {
  let result = ''
  for (const [token] of text.matchAll(/[[\]|]|[^\s[\]|]+/g)) {
    if (token === '[') result += ' Oo'
    else if (token === ']') result += ' Oc'
    else if (token === '|') result += ' |'
    else if (token.startsWith('-')) result += ` Fl ${escapeName(token.slice(1))}`
    else result += ` Ar ${token}`
  }
  return result.trim()
}
