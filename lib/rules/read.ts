// Rule file → Ruleset, with every problem of every line. Asks the resolver for host names, and nobody else.
import { type Command, isChange } from '../cli/command.ts'
import { findServer, keepServer, keepService } from '../cli/keep.ts'
import { parse } from '../cli/parse.ts'
import { withNamesEach } from '../cli/resolve.ts'
import { describe, TRY_HELP } from '../messages.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { serviceKey } from '../model/service.ts'
import { type RuleLine, ruleLines } from './lines.ts'
import { missing, type Problem, RulesetBuilder } from './ruleset.ts'

export interface LocatedProblem extends Problem {
  /** From 1. */
  readonly line: number
  readonly text: string
}

export interface ReadRules {
  /** What the lines without errors ask for. */
  readonly ruleset: Ruleset
  /** The text of a line that the ruleset names. */
  readonly textOf: (line: number) => string | undefined
  readonly errors: readonly LocatedProblem[]
  readonly warnings: readonly LocatedProblem[]
}

export interface ReadOptions {
  /** The environment has POSIXLY_CORRECT. */
  readonly posix: boolean
}

/** Reads a whole file. Never rejects because of what is in it. */
export async function readRules(text: string, { posix }: ReadOptions): Promise<ReadRules> {
  const lines = [...ruleLines(text)]
  const parsed = await withNamesEach(lines, ({ words }, names) => parse(words, names, { posix }))
  const builder = new RulesetBuilder()
  const errors: LocatedProblem[] = []
  const warnings: LocatedProblem[] = []
  for (const [i, result] of parsed.entries()) {
    const { number, text } = lines[i]!
    const ends = 'value' in result && (result.value.kind === 'help' || result.value.kind === 'version')
    const problem = ends
      ? ending(lines.length - i - 1)
      : 'value' in result
        ? take(builder, result.value, number)
        : refusal(result.error)
    if (problem !== undefined) {
      const list = problem.severity === 'error' ? errors : warnings
      list.push({ ...problem, line: number, text })
    }
    if (ends) break
  }
  return { ruleset: builder, textOf: textsOf(lines), errors, warnings }
}

/** The original prints its help and is done with the file. */
function ending(left: number): Problem {
  return {
    severity: 'warning',
    message: `ends the file, as in the original; lines after it that are left out: ${left}`,
  }
}

function refusal(error: Error): Problem {
  const message = describe(error)
  return { severity: 'error', message: message === TRY_HELP ? 'does not begin with a command' : message }
}

function take(builder: RulesetBuilder, command: Command, line: number): Problem | undefined {
  if (isChange(command)) return builder.add(command, line)
  switch (command.kind) {
    case 'keep-service': {
      const old = builder.services.get(serviceKey(command.service))
      if (old === undefined) return missing('service')
      return attempt(() => builder.add(keepService(command, old.config), line))
    }
    case 'keep-server': {
      const service = builder.services.get(serviceKey(command.service))
      if (service === undefined) return missing('service')
      const old = findServer(command, service.servers.values())
      if (old === undefined) return missing('destination')
      return attempt(() => builder.add(keepServer(command, old), line))
    }
    case 'restore':
      return { severity: 'error', message: 'a file cannot be restored from within a file' }
    default:
      return { severity: 'warning', message: 'a listing changes nothing and is left out' }
  }
}

/** What an edit that keeps the rest does depends on the lines before; so may what is wrong with it. */
function attempt(work: () => Problem | undefined): Problem | undefined {
  try {
    return work()
  } catch (error) {
    return refusal(error as Error)
  }
}

function textsOf(lines: readonly RuleLine[]): (line: number) => string | undefined {
  let byNumber: Map<number, string> | undefined
  return (line) => {
    byNumber ??= new Map(lines.map(({ number, text }) => [number, text]))
    return byNumber.get(line)
  }
}
