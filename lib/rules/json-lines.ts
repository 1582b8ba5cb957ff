// Where each object of a JSON text begins: JSON.parse does not tell, and a message should.

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
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\{|\n/g)) {
    if (token === '\n') line++
    else if (token === '{') lines.push(line)
  }
  return lines
}
