// Plain text and names of options → mdoc. Knows nothing of what the pages say.

/** A line of text that mdoc takes for nothing else. */
function line(text: string): string {
  const escaped = text
    .replace(/\\/g, '\\e')
    .replace(/(^|[\s(`])(--?)(?=\w)/g, (_all, before: string, dashes: string) => {
      return before + dashes.replace(/-/g, '\\-')
    })
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

/** Text with a line a sentence, as manual pages have it. */
function sentences(text: string): string {
  const joined = text.replace(/\s+/g, ' ').trim()
  return joined
    .split(/(?<=[.?!]) (?=\S)/)
    .flatMap(wrap)
    .map(line)
    .join('\n')
}

/** How long a line of the source may be, with room for escapes. */
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

/** Paragraphs, lists of `- ` items and indented examples, as the plain-text sources have them. */
export function body(text: string): string {
  return (
    text
      .trim()
      .split(/\n\n/)
      .map((block) =>
        block.startsWith('- ') ? list(block) : block.startsWith('  ') ? example(block) : sentences(block),
      )
      .join('\n.Pp\n')
      // A list and an example have their own space.
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

/** `-w`, `--weight` and a value, as a tag of a list. */
export function tag(
  { long, short = '' }: { readonly long: string; readonly short?: string },
  value: string | undefined,
): string {
  const names = [...[...short].map((letter) => `Fl ${letter}`), `Fl \\-${escapeName(long)}`]
  return `.It ${names.join(' , ')}${value === undefined ? '' : ` ${value}`}`
}

export const escapeName = (name: string): string => name.replaceAll('-', '\\-')

/** A usage line's words, `[-s scheduler] a|b`, as macros of one line. */
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
