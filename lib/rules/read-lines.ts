// Rule lines → Ruleset, with the problems of every line. Uses only the resolver, for host names.

import { type Command, isChange } from '../grammar/command.ts'
import { findServer, serverEdit, serviceEdit } from '../grammar/keep.ts'
import { parse } from '../grammar/parse.ts'
import { plainRule } from '../grammar/plain-rule.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { type Names, UnresolvedHost } from '../grammar/values.ts'
import { decodeText, encodeText } from '../model/bytes.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { describe, TRY_HELP } from '../output/messages.ts'
import type { NameService } from '../system/names/name-service.ts'
import { explain, invisibleProblem } from './line-hints.ts'
import { missing, type Problem, RulesetBuilder } from './ruleset-builder.ts'
import { PROGRESS } from './sending-room.ts'
import { hasWords, wordsOf } from './split-lines.ts'
import { startOf, takeLine } from './text-lines.ts'

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

/** Reads a whole file, text or UTF-8. Never rejects because of its contents. */
export async function readRules(
  text: string | Uint8Array,
  { posix, names }: RuleReadOptions,
): Promise<ReadRules> {
  const bytes = typeof text === 'string' ? encodeText(text) : text
  return await withNames(names, (known) => readOnce(bytes, known, posix), { explain: true })
}

/** Reads line by line and keeps only the ruleset. Throws an UnresolvedHost with all unknown hosts. */
function readOnce(text: Uint8Array, names: Names, posix: boolean): ReadRules {
  const builder = new RulesetBuilder()
  const errors: LocatedProblem[] = []
  const warnings: LocatedProblem[] = []
  const unresolved = new Set<string>()
  const progress = startOf(text)
  for (let left = builder.addPlain(text, progress); left; left = builder.addPlain(text, progress)) {
    const number = progress[PROGRESS.line]!
    const line = takeLine(text, progress)
    const change = plainRule(line)
    const words = change === undefined ? wordsOf(line) : []
    if (change === undefined && !hasWords(words)) continue
    let problem: Problem | undefined
    try {
      const command = change ?? parse(words, names, { posix, wholeNames: true })
      const ends = command.kind === 'help' || command.kind === 'version'
      problem = ends ? ending(skipRest(text, progress)) : take(builder, command, number)
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
      const old = builder.services.entry(command.service)
      if (old === undefined) return missing('service')
      return builder.add(serviceEdit(command, old.config), line)
    }
    case 'keep-server': {
      const service = builder.services.entry(command.service)
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

/** Skips all other lines; gives the number of those with words. */
function skipRest(text: Uint8Array, progress: Uint32Array): number {
  let count = 0
  while (progress[PROGRESS.from]! < text.length) if (hasWords(wordsOf(takeLine(text, progress)))) count++
  return count
}

function textsOf(text: Uint8Array): (line: number) => string | undefined {
  let lines: string[] | undefined
  return (line) => {
    lines ??= decodeText(text).split('\n')
    return lines[line - 1]
  }
}
