// Rule files, as lines or as JSON, read for programs.
import { readRuleFile } from '../rules/read-file.ts'
import type { LocatedProblem } from '../rules/read-lines.ts'
import type { NameService } from '../system/names/name-service.ts'
import { type Ruleset, readableRuleset } from './rulesets.ts'

/** A problem of a line. With a warning the ruleset is as it would be without the line. */
export type RuleProblem = LocatedProblem

export interface RulesRead {
  /** What the lines without errors ask for. */
  readonly ruleset: Ruleset
  readonly errors: readonly RuleProblem[]
  readonly warnings: readonly RuleProblem[]
}

/** Reads rule lines, as ipvsadm-save prints them, or a JSON document. Never rejects because of their contents. */
export async function readRules(text: string, names: NameService): Promise<RulesRead> {
  const { ruleset, errors, warnings } = await readRuleFile(text, { posix: false, names })
  return { ruleset: readableRuleset(ruleset), errors, warnings }
}
