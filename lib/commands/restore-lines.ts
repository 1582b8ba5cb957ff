// `-R`: rule lines on stdin, one command each. All are checked before any is run; they run in order, and continue
// after a refusal by the kernel.

import { type Command, isChange } from '../grammar/command.ts'
import { parse } from '../grammar/parse.ts'
import { plainRule } from '../grammar/plain-rule.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { type Names, UnresolvedHost } from '../grammar/values.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import type { ChangeBatch } from '../ipvs/requests.ts'
import { asText } from '../model/bytes.ts'
import type { Change } from '../model/change.ts'
import { KernelError, UsageError } from '../model/errors.ts'
import { describe, TRY_HELP } from '../output/messages.ts'
import { visible } from '../output/visible.ts'
import { ruleLines } from '../rules/split-lines.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

/** Changes that go to the kernel together, with their lines; or a command of another kind. */
type LineGroup =
  | { readonly changes: ChangeBatch; readonly lines: number[] }
  | { readonly command: Exclude<Command, Change>; readonly line: number }

type RunCommand = (command: Command, client: IpvsClient, system: System) => Promise<CommandOutcome>

/** Escapes text of a file for a terminal, line by line. */
const readable = (message: string) =>
  message
    .split('\n')
    .map((part) => visible(part, Number.POSITIVE_INFINITY))
    .join('\n')

/**
 * Reports errors line by line. `reported`: a line is malformed (nothing was sent then), or the kernel refused the last.
 * @param run runs a command that is not a change
 */
export async function restoreLines(
  text: string,
  client: IpvsClient,
  system: System,
  run: RunCommand,
): Promise<CommandOutcome> {
  // As in the reference, the output of listings follows all messages; on a terminal it is written at once.
  if (system.outputTerminal?.() !== undefined) return await runLines(text, client, system, run)
  const texts: string[] = []
  try {
    return await runLines(
      text,
      client,
      { ...system, writeOutput: (more) => void texts.push(asText(more)) },
      run,
    )
  } finally {
    for (const more of texts) system.writeOutput(more)
  }
}

async function runLines(
  text: string,
  client: IpvsClient,
  system: System,
  run: RunCommand,
): Promise<CommandOutcome> {
  const report = (line: number, error: Error) =>
    system.writeError(`line ${line}: ${readable(describe(error, system.programName))}\n`)
  const { groups, errors } = await withNames(system.names, (names) => read(text, names, client, system))
  for (const [line, error] of errors) report(line, error)
  for (const [, error] of errors) return { reported: error }

  let failure: Error | undefined
  for (const group of groups) {
    if ('changes' in group) {
      const failures = await client.applyBatch(group.changes)
      failures.forEach((error, i) => {
        if (error !== undefined) report(group.lines[i]!, error)
      })
      failure = failures[group.changes.length - 1]
      continue
    }
    const { command, line } = group
    try {
      await run(command, client, system)
    } catch (error) {
      if (!(error instanceof KernelError || error instanceof UsageError)) throw error
      report(line, error)
      failure = error
      // An edit with --keep counts as an edit: later lines are run.
      if (command.kind === 'keep-service' || command.kind === 'keep-server') continue
      return { reported: error }
    }
    // The reference ends with its help.
    if (command.kind === 'help' || command.kind === 'version') return 'done'
    failure = undefined
  }
  return failure === undefined ? 'done' : { reported: failure }
}

/**
 * Reads all lines. Each change is encoded and then dropped: the objects of a large file would fill the memory.
 * Throws an UnresolvedHost with all the hosts that are not known yet.
 */
function read(text: string, names: Names, client: IpvsClient, system: System) {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  const groups: LineGroup[] = []
  const errors: [line: number, error: Error][] = []
  const unresolved = new Set<string>()
  let together: Extract<LineGroup, { changes: ChangeBatch }> | undefined
  for (const { number: line, words, change } of ruleLines(text, plainRule)) {
    try {
      const command = change ?? parse(words, names, { posix })
      // A restore within a restore has no input of its own.
      if (command.kind === 'restore') throw new UsageError(TRY_HELP, 'syntax')
      if (command === change || isChange(command)) {
        if (together === undefined) {
          together = { changes: client.newBatch(), lines: [] }
          groups.push(together)
        }
        together.changes.add(command)
        together.lines.push(line)
      } else {
        together = undefined
        groups.push({ command, line })
      }
    } catch (error) {
      if (error instanceof UnresolvedHost) for (const host of error.hosts) unresolved.add(host)
      else errors.push([line, error as Error])
    }
  }
  if (unresolved.size > 0) throw new UnresolvedHost(...unresolved)
  return { groups, errors }
}
