// Line numbers of the objects in a JSON text, for messages. JSON.parse does not provide them.

/**
 * The line, from 1, on which an object of the parsed value begins; 1 for any other object.
 * @param text well-formed JSON
 * @param value the result of JSON.parse
 */
export function objectLines(text: string, value: unknown): (object: object) => number {
  const starts = startLines(text)
  const lines = new Map<object, number>()
  let next = 0
  // Without recursion, because a file may be nested deeper than the stack allows.
  const rest = [value]
  while (rest.length > 0) {
    const inner = rest.pop()
    if (typeof inner !== 'object' || inner === null) continue
    if (!Array.isArray(inner)) lines.set(inner, starts[next++] ?? 1)
    const children = Object.values(inner)
    for (let i = children.length - 1; i >= 0; i--) rest.push(children[i])
  }
  // A repeated key hides an object, after which the numbers would be wrong.
  return next === starts.length ? (object) => lines.get(object) ?? 1 : () => 1
}

/** The lines of all opening braces outside of strings, in their order. */
function startLines(text: string): number[] {
  const lines: number[] = []
  let line = 1
  // Not a regular expression for a whole string, whose length would exhaust the engine's stack.
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
