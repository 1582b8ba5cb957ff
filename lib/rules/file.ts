// A rule file, whichever way it is written.
import { type ReadOptions, type ReadRules, readRules } from './read.ts'

/** Reads all of it. Never rejects because of what is in it. */
export async function readRuleFile(text: string, options: ReadOptions): Promise<ReadRules> {
  return await readRules(text, options)
}
