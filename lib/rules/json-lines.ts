// Where each object of a JSON text begins: JSON.parse does not tell, and a message should.

/**
 * The line, from 1, on which an object of the parsed value begins; 1 for what is not in it.
 * @param text well-formed JSON
 * @param value what JSON.parse made of it
 */
export function objectLines(text: string, value: unknown): (object: object) => number {
  const starts = startLines(text)
  const lines = new Map<object, number>()
  let next = 0
  const visit = (inner: unknown) => {
    if (typeof inner !== 'object' || inner === null) return
    if (!Array.isArray(inner)) lines.set(inner, starts[next++] ?? 1)
    for (const child of Object.values(inner)) visit(child)
  }
  visit(value)
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
