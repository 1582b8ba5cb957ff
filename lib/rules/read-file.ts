// A rule file in either format: rule lines, or a JSON document.
import { decodeText, encodeText } from '../model/bytes.ts'
import { type LocatedProblem, type ReadRules, type RuleReadOptions, readRules } from './read-lines.ts'
import { firstLine, startOf, takeLine } from './text-lines.ts'

const BRACE = '{'.charCodeAt(0)
const BLANK = ' '.charCodeAt(0)
const TAB = 9
const RETURN = 13
const ASCII = 127

/** Reads a whole file, text or UTF-8. Never rejects because of its contents. */
export async function readRuleFile(text: string | Uint8Array, options: RuleReadOptions): Promise<ReadRules> {
  const bytes = typeof text === 'string' ? encodeText(text) : text
  const read = await readEither(bytes, options)
  // The byte order mark, with which some editors begin a file.
  if (firstLine(bytes) === 0) return read
  const mark: LocatedProblem = {
    severity: 'warning',
    message: 'a byte order mark is skipped',
    line: 1,
    text: takeLine(bytes, startOf(bytes)),
  }
  return { ...read, warnings: [mark, ...read.warnings] }
}

async function readEither(text: Uint8Array, options: RuleReadOptions): Promise<ReadRules> {
  if (!isDocument(text)) return await readRules(text, options)
  const { readDocument } = await import('./read-json.ts')
  return readDocument(decodeText(text.subarray(firstLine(text))))
}

/** Rule lines never begin with a brace. */
function isDocument(text: Uint8Array): boolean {
  let at = firstLine(text)
  while (text[at] === BLANK || (text[at]! >= TAB && text[at]! <= RETURN)) at++
  return text[at] === BRACE || (text[at]! > ASCII && /^\s*\{/.test(decodeText(text.subarray(at))))
}
