// Rule lines → Ruleset, with the problems of every line. Uses only the resolver, for host names.

import { type Command, isChange } from '../grammar/command.ts'
import { findServer, serverEdit, serviceEdit } from '../grammar/keep.ts'
import { parse } from '../grammar/parse.ts'
import { plainRule } from '../grammar/plain-rule.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { type Names, UnresolvedHost } from '../grammar/values.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { serviceKey } from '../model/service.ts'
import { describe, TRY_HELP } from '../output/messages.ts'
import type { NameService } from '../system/names/name-service.ts'
import { explain, invisibleProblem } from './line-hints.ts'
import { missing, type Problem, RulesetBuilder } from './ruleset-builder.ts'
import { ruleLines } from './split-lines.ts'

export interface LocatedProblem extends Problem {
  /** From 1. */
  readonly line: number
  readonly text: string
}

export interface ReadRules {
  /** The ruleset from the lines without errors. */
  readonly ruleset: Ruleset
  /** The text of a line in the ruleset. */
  readonly textOf: (line: number) => string | undefined
  readonly errors: readonly LocatedProblem[]
  readonly warnings: readonly LocatedProblem[]
}

export interface RuleReadOptions {
  /** The environment has POSIXLY_CORRECT. */
  readonly posix: boolean
  readonly names: NameService
}

const NOT_ASCII = /[^\0-\x7f]/

/** Reads a whole file. Never rejects because of its contents. */
export async function readRules(text: string, { posix, names }: RuleReadOptions): Promise<ReadRules> {
  return await withNames(names, (known) => readOnce(text, known, posix), { explain: true })
}

/** Reads line by line and keeps only the ruleset. Throws an UnresolvedHost with all unknown hosts. */
function readOnce(text: string, names: Names, posix: boolean): ReadRules {
  const builder = new RulesetBuilder()
  const errors: LocatedProblem[] = []
  const warnings: LocatedProblem[] = []
  const unresolved = new Set<string>()
  const lines = ruleLines(text, plainRule)
  for (const { number, text: line, words, change } of lines) {
    let problem: Problem | undefined
    try {
      const command = change ?? parse(words, names, { posix, wholeNames: true })
      const ends = command.kind === 'help' || command.kind === 'version'
      problem = ends ? ending([...lines].length) : take(builder, command, number)
    } catch (error) {
      if (error instanceof UnresolvedHost) for (const host of error.hosts) unresolved.add(host)
      problem = refusal(error as Error, words)
    }
    // Plain lines are ASCII.
    if (change === undefined && NOT_ASCII.test(line)) problem = withInvisible(problem, line)
    if (problem === undefined) continue
    const list = problem.severity === 'error' ? errors : warnings
    list.push({ ...problem, line: number, text: line })
  }
  if (unresolved.size > 0) throw new UnresolvedHost(...unresolved)
  return { ruleset: builder, textOf: textsOf(text), errors, warnings }
}

/** Help in a file: the original prints it and stops reading. */
function ending(left: number): Problem {
  return {
    severity: 'warning',
    message: `ends the file, as in the original; lines after it that are left out: ${left}`,
  }
}

/** The problem of a line and the invisible character in it, if any. */
function withInvisible(problem: Problem | undefined, line: string): Problem | undefined {
  const invisible = invisibleProblem(line)
  if (invisible === undefined) return problem
  if (problem === undefined) return { severity: 'warning', message: invisible }
  return { ...problem, message: `${problem.message}; ${invisible}` }
}

function refusal(error: Error, words: readonly string[]): Problem {
  const described = describe(error)
  const message = described === TRY_HELP ? 'does not begin with a command' : described.trimEnd()
  return { severity: 'error', message: explain(message, words) }
}

/** Throws a UsageError when an edit with `--keep` does not fit the entry that earlier lines made. */
function take(builder: RulesetBuilder, command: Command, line: number): Problem | undefined {
  if (isChange(command)) return builder.add(command, line)
  switch (command.kind) {
    case 'keep-service': {
      const old = builder.services.get(serviceKey(command.service))
      if (old === undefined) return missing('service')
      return builder.add(serviceEdit(command, old.config), line)
    }
    case 'keep-server': {
      const service = builder.services.get(serviceKey(command.service))
      if (service === undefined) return missing('service')
      const old = findServer(command, service.servers.values())
      if (old === undefined) return missing('destination')
      return builder.add(serverEdit(command, old), line)
    }
    case 'restore':
      return { severity: 'error', message: 'a file cannot be restored from within a file' }
    default:
      return { severity: 'warning', message: 'a listing changes nothing and is left out' }
  }
}

function textsOf(text: string): (line: number) => string | undefined {
  let lines: string[] | undefined
  return (line) => {
    lines ??= text.split('\n')
    return lines[line - 1]
  }
}
