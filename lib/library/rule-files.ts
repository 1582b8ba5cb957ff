// Reading of rule files, as lines or as JSON, in the library's form.
import { readRuleFile } from '../rules/read-file.ts'
import type { LocatedProblem } from '../rules/read-lines.ts'
import type { NameService } from '../system/names/name-service.ts'
import { type LibraryRuleset, readableRuleset } from './rulesets.ts'

/** A problem of a line. A line with a warning does not change the ruleset. */
export type RuleProblem = LocatedProblem

export interface RulesRead {
  /** The ruleset from the lines without errors. */
  readonly ruleset: LibraryRuleset
  readonly errors: readonly RuleProblem[]
  readonly warnings: readonly RuleProblem[]
}

/** Reads rule lines, as ipvsadm-save prints them, or a JSON document. Never rejects because of their contents. */
export async function readRules(text: string, names: NameService): Promise<RulesRead> {
  const { ruleset, errors, warnings } = await readRuleFile(text, { posix: false, names })
  return { ruleset: readableRuleset(ruleset), errors, warnings }
}
