// A YAML text → plain data, and the line of each part of it.
import { type Document, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'

export interface ConfigProblem {
  /** From 1. */
  readonly line: number
  /** The part of the file, for example `services[0].check.timeout`; `''`: all of it. */
  readonly path: string
  readonly message: string
}

export type Path = readonly (string | number)[]

export interface ParsedDocument {
  readonly value: unknown
  /** The line of a part, or of the nearest part that has it. */
  readonly lineOf: (path: Path) => number
}

/** Faults of syntax that are reported: after the first, most are its consequences. */
const MOST_FAULTS = 10

/** Faults whose message is meant for programmers, by their code. */
const WORDS: Readonly<Record<string, string>> = { MULTIPLE_DOCS: 'must be one document, without another ---' }

/** Reads YAML 1.2. Never throws because of the text. */
export function parseYaml(text: string): ParsedDocument | { readonly problems: readonly ConfigProblem[] } {
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true })
    const faults = [...document.errors, ...document.warnings].slice(0, MOST_FAULTS)
    if (faults.length > 0) {
      return {
        problems: faults.map(({ code, pos, message }) => ({
          line: lines.linePos(pos[0]).line,
          path: '',
          message: WORDS[code] ?? `not YAML: ${message.trim()}`,
        })),
      }
    }
    return { value: document.toJS(), lineOf: (path) => lineOf(document, lines, path) }
  } catch (error) {
    // Aliases that lead nowhere or multiply, and nesting that is too deep.
    const { message } = error as Error
    return { problems: [{ line: 1, path: '', message: `cannot be read: ${message}` }] }
  }
}

/** `services[0].check.timeout` */
export function pathText(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? part : `.${part}`
  }
  return text
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents
  let start = offsetOf(node) ?? 0
  for (const part of path) {
    if (!isCollection(node)) break
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      if (pair === undefined) break
      start = offsetOf(pair.key) ?? start
      node = pair.value
    } else {
      node = node.get(part, true)
      start = offsetOf(node) ?? start
    }
  }
  return Math.max(1, lines.linePos(start).line)
}

const offsetOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]
