// The text of keepalived.conf → a tree of lines, each with its words and the block that follows it.
import type { Notes } from './imported.ts'

export interface Block {
  readonly words: readonly string[]
  readonly line: number
  /** The lines between its braces. */
  readonly lines: readonly Block[]
}

/** Deeper nesting is a mistake; keepalived knows five levels. */
const DEEPEST = 32

export function readBlocks(text: string, notes: Notes): Block[] {
  const parameters = new Map<string, string>()
  const top: Block[] = []
  const stack: { readonly lines: Block[]; readonly line: number }[] = [{ lines: top, line: 0 }]
  /** The line before, which a brace may follow. */
  let last: { words: string[]; line: number; lines: Block[] } | undefined
  for (const { content, line } of joinedLines(text)) {
    if (content.trimStart().startsWith('@')) {
      notes.add(line, 'left out: a conditional line; import a file without conditions')
      continue
    }
    const definition = /^\s*\$(\w+)=(.*)$/.exec(content)
    if (definition !== null) {
      parameters.set(definition[1] ?? '', (definition[2] ?? '').trim())
      continue
    }
    let words: string[] = []
    const end = () => {
      if (words.length === 0) return
      last = { words, line, lines: [] }
      stack.at(-1)?.lines.push(last)
      words = []
    }
    for (const word of wordsOf(substitute(content, parameters))) {
      if (word === '{') {
        end()
        const block: { readonly lines: Block[] } = last ?? { lines: [] }
        if (stack.length < DEEPEST) stack.push({ lines: block.lines, line })
        else notes.add(line, 'left out: the blocks are nested too deeply')
        last = undefined
      } else if (word === '}') {
        end()
        last = undefined
        if (stack.length > 1) stack.pop()
        else notes.add(line, 'a brace closes no block')
      } else words.push(word.startsWith('"') ? word.slice(1, word.endsWith('"') ? -1 : undefined) : word)
    }
    end()
  }
  const open = stack.length > 1 ? stack.at(-1) : undefined
  if (open !== undefined) notes.add(open.line, 'the block is not closed')
  return top
}

/** The lines without comments; one that ends with a backslash goes on in the next. */
function* joinedLines(text: string): Generator<{ readonly content: string; readonly line: number }> {
  let begun: { content: string; line: number } | undefined
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const bare = raw.replace(/^((?:[^"#!]|"[^"]*"|"(?=[^"]*$))*)[#!].*$/, '$1')
    const goesOn = /\\\s*$/.test(bare)
    const content = (begun?.content ?? '') + (goesOn ? `${bare.replace(/\\\s*$/, '')} ` : bare)
    const line = begun?.line ?? i + 1
    begun = goesOn ? { content, line } : undefined
    if (!goesOn) yield { content, line }
  }
  if (begun !== undefined) yield begun
}

/** Words, quoted texts and braces; those of `${NAME}`, and of `{2,3}` in patterns, are parts of words. */
const wordsOf = (content: string) =>
  content.match(/"[^"]*"?|(?:\$\{\w*\}|\{\d+,?\d*\}|[^\s{}"])+|[{}]/g) ?? []

/** A parameter may hold others; of those that hold themselves only so many are replaced, and of long texts none. */
const MOST_ROUNDS = 10
const LONGEST_LINE = 65_536

function substitute(content: string, parameters: ReadonlyMap<string, string>): string {
  let text = content
  for (let round = 0; round < MOST_ROUNDS && text.includes('$') && text.length < LONGEST_LINE; round++) {
    const next = text.replace(/\$(?:\{(\w+)\}|(\w+)(?=\s|$))/g, (whole, braced, plain) => {
      return parameters.get(braced ?? plain) ?? whole
    })
    if (next === text) break
    text = next
  }
  return text
}

/** The first line of a block with this keyword. */
export function lineOf({ lines }: Block, ...keywords: readonly string[]): Block | undefined {
  return lines.find(({ words }) => keywords.includes(words[0] ?? ''))
}

/** The word after a keyword, of the innermost block that has it. */
export function wordAfter(blocks: readonly Block[], ...keywords: readonly string[]): string | undefined {
  for (const block of blocks) {
    const line = lineOf(block, ...keywords)
    if (line !== undefined) return line.words[1] ?? ''
  }
  return undefined
}

/** Whether a switch is on: it is when it is named, unless a word after it says no. */
export function switchOf(blocks: readonly Block[], keyword: string): boolean {
  const value = wordAfter(blocks, keyword)
  return value !== undefined && !['off', 'false', 'no'].includes(value)
}
