// Line numbers of the objects in a JSON text, for messages.

/**
 * The line, from 1, on which an object of the parsed value begins; 1 for any other object.
 * @param value the result of JSON.parse
 * @param starts of the same text, by scanJson
 */
export function objectLines(value: unknown, starts: readonly number[]): (object: object) => number {
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
