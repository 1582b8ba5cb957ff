// The syntax of JSON (RFC 8259). JSON.parse tells neither the line of a fault in every case nor where objects begin, and that of
// QuickJS takes texts that are not JSON.

/** The first place at which a text is not JSON. */
export interface JsonFault {
  readonly problem: string
  /** From 1. */
  readonly line: number
}

/** The names of what may come next. */
const EXPECTED = {
  value: 'a value',
  'first value': 'a value or ]',
  name: 'a name in double quotes',
  'first name': 'a name in double quotes or }',
  colon: 'a colon',
  'after member': 'a comma or }',
  'after element': 'a comma or ]',
  end: 'nothing more',
} as const

/** A number or a literal. */
const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y
/** The end of a string, an escape, or a control character, which no string has. */
const IN_STRING = /["\\]|[^ -\uffff]/g

/** The lines, from 1, on which the objects of a JSON text begin, in their order; or why the text is not JSON. */
export function scanJson(text: string): number[] | JsonFault {
  const starts: number[] = []
  /** The braces and brackets that are open. Not by recursion, because a file may be nested deeper than the stack allows. */
  const open: string[] = []
  let expected: keyof typeof EXPECTED = 'value'
  let line = 1
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === ' ' || char === '\t' || char === '\r') continue
    if (char === '\n') {
      line++
      continue
    }
    const isValue: boolean = expected === 'value' || expected === 'first value'
    const isName: boolean = expected === 'name' || expected === 'first name'
    if (char === '"' && (isValue || isName)) {
      const end = endOfString(text, at + 1)
      if (typeof end === 'string') return { problem: end, line }
      at = end
      expected = isName ? 'colon' : afterValue(open)
    } else if (isValue && (char === '{' || char === '[')) {
      open.push(char)
      if (char === '{') starts.push(line)
      expected = char === '{' ? 'first name' : 'first value'
    } else if (
      (char === '}' && (expected === 'first name' || expected === 'after member')) ||
      (char === ']' && (expected === 'first value' || expected === 'after element'))
    ) {
      open.pop()
      expected = afterValue(open)
    } else if (char === ',' && expected === 'after member') {
      expected = 'name'
    } else if (char === ',' && expected === 'after element') {
      expected = 'value'
    } else if (char === ':' && expected === 'colon') {
      expected = 'value'
    } else if (isValue && matches(SCALAR, text, at)) {
      at = SCALAR.lastIndex - 1
      expected = afterValue(open)
    } else {
      const column = at - text.lastIndexOf('\n', at)
      return { problem: `${EXPECTED[expected]} is expected at column ${column}`, line }
    }
  }
  if (expected === 'end') return starts
  const last = text.trimEnd().split('\n').length
  return { problem: `the text ends where ${EXPECTED[expected]} is expected`, line: last }
}

function afterValue(open: readonly string[]): 'end' | 'after member' | 'after element' {
  if (open.length === 0) return 'end'
  return open.at(-1) === '{' ? 'after member' : 'after element'
}

/** The offset of a string's closing quote; or its fault. */
function endOfString(text: string, start: number): number | string {
  IN_STRING.lastIndex = start
  for (;;) {
    const token = IN_STRING.exec(text)?.[0]
    if (token === '"') return IN_STRING.lastIndex - 1
    if (token === undefined) return 'a string does not end'
    if (token !== '\\') return 'a string has a control character'
    if (!matches(ESCAPE, text, IN_STRING.lastIndex)) return 'a string has an unknown escape'
    IN_STRING.lastIndex = ESCAPE.lastIndex
  }
}

/** Whether a sticky expression matches at an offset. */
function matches(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at
  return expression.test(text)
}
