// The line on which each object of a JSON text begins, for messages: JSON.parse does not tell.

/**
 * The line, from 1, on which an object of the parsed value begins; 1 for any other object.
 * @param text well-formed JSON
 * @param value the result of JSON.parse
 */
export function objectLines(text: string, value: unknown): (object: object) => number {
  const starts = startLines(text)
  const lines = new Map<object, number>()
  let next = 0
  // Not by recursion: a file may be nested deeper than the stack is.
  const rest = [value]
  while (rest.length > 0) {
    const inner = rest.pop()
    if (typeof inner !== 'object' || inner === null) continue
    if (!Array.isArray(inner)) lines.set(inner, starts[next++] ?? 1)
    const children = Object.values(inner)
    for (let i = children.length - 1; i >= 0; i--) rest.push(children[i])
  }
  // A repeated key hides an object, and the others would not be where they seem.
  return next === starts.length ? (object) => lines.get(object) ?? 1 : () => 1
}

/** The lines of all opening braces outside of strings, in their order. */
function startLines(text: string): number[] {
  const lines: number[] = []
  let line = 1
  // Not one expression for a whole string: its length would be the depth of the engine's stack.
  const tokens = /["{\n]/g
  const stringTokens = /["\\]/g
  for (let token = tokens.exec(text)?.[0]; token !== undefined; token = tokens.exec(text)?.[0]) {
    if (token === '\n') line++
    else if (token === '{') lines.push(line)
    else tokens.lastIndex = endOfString(text, tokens.lastIndex, stringTokens)
  }
  return lines
}

/** The offset after a string's closing quote. */
function endOfString(text: string, start: number, tokens: RegExp): number {
  tokens.lastIndex = start
  for (let token = tokens.exec(text)?.[0]; token === '\\'; token = tokens.exec(text)?.[0]) {
    // The escaped character may be a quote.
    tokens.lastIndex++
  }
  return tokens.lastIndex || text.length
}
