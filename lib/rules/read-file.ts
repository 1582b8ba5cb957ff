// A rule file in either format: rule lines, or a JSON document.
import { type LocatedProblem, type ReadRules, type RuleReadOptions, readRules } from './read-lines.ts'

/** The byte order mark, with which some editors begin a file. */
const BYTE_ORDER_MARK = '\ufeff'

/** Reads a whole file. Never rejects because of its contents. */
export async function readRuleFile(text: string, options: RuleReadOptions): Promise<ReadRules> {
  if (!text.startsWith(BYTE_ORDER_MARK)) return await readEither(text, options)
  const read = await readEither(text, options)
  const mark: LocatedProblem = {
    severity: 'warning',
    message: 'a byte order mark is skipped',
    line: 1,
    text: text.slice(1, text.indexOf('\n') >>> 0),
  }
  return { ...read, warnings: [mark, ...read.warnings] }
}

async function readEither(text: string, options: RuleReadOptions): Promise<ReadRules> {
  // Rule lines never begin with a brace. The flag: only at the beginning.
  if (!/\ufeff?\s*\{/y.test(text)) return await readRules(text, options)
  const { readDocument } = await import('./read-json.ts')
  return readDocument(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text)
}
