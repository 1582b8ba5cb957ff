// A rule file, whichever way it is written: rule lines, or a JSON document.
import { type ReadOptions, type ReadRules, readRules } from './read-lines.ts'

/** Reads all of it. Never rejects because of what is in it. */
export async function readRuleFile(text: string, options: ReadOptions): Promise<ReadRules> {
  // Rule lines never begin like that.
  if (!/^\s*\{/.test(text)) return await readRules(text, options)
  const { readDocument } = await import('./read-json.ts')
  return readDocument(text)
}
