// `-R`: rule lines on stdin, one command each. All are checked before any is run; they run in order, and continue
// after a refusal by the kernel.

import { type Command, isChange } from '../grammar/command.ts'
import { parse } from '../grammar/parse.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { type Names, UnresolvedHost } from '../grammar/values.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import { asText } from '../model/bytes.ts'
import type { Change } from '../model/change.ts'
import { KernelError, UsageError } from '../model/errors.ts'
import { describe, TRY_HELP } from '../output/messages.ts'
import { visible } from '../output/visible.ts'
import { LineBatch } from '../rules/line-batch.ts'
import { otherLines } from '../rules/other-lines.ts'
import { plainWriter } from '../rules/plain-requests.ts'
import { sendingRoom } from '../rules/sending-room.ts'
import { firstLine } from '../rules/text-lines.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

/** Lines whose changes go to the kernel together, or a command of another kind. */
type LineGroup = LineBatch | { readonly command: Exclude<Command, Change>; readonly line: number }

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
  text: Uint8Array,
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
  text: Uint8Array,
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
    if (group instanceof LineBatch) {
      let refused = -1
      let reason: Error | undefined
      await client.applySource(group, (index, error) => {
        report(group.lineOf(index), error)
        refused = index
        reason = error
      })
      if (group.length > 0) failure = refused === group.length - 1 ? reason : undefined
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
 * Reads all lines, and keeps the requests of those that are not plain. Throws an UnresolvedHost with all the hosts that are
 * not known yet.
 */
function read(text: Uint8Array, names: Names, client: IpvsClient, system: System) {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  const encoder = client.newEncoder()
  const tools = { text, encoder, writePlain: plainWriter(encoder), room: sendingRoom() }
  const errors: [line: number, error: Error][] = []
  const unresolved = new Set<string>()
  let together = new LineBatch(tools, firstLine(text), 1)
  const groups: LineGroup[] = [together]
  for (const { number: line, start, next, words } of otherLines(text)) {
    try {
      const command = parse(words, names, { posix })
      // A restore within a restore has no input of its own.
      if (command.kind === 'restore') throw new UsageError(TRY_HELP, 'syntax')
      if (isChange(command)) together.add(start, command)
      else {
        together.endAt(start)
        together = new LineBatch(tools, next, line + 1)
        groups.push({ command, line }, together)
      }
    } catch (error) {
      if (error instanceof UnresolvedHost) for (const host of error.hosts) unresolved.add(host)
      else errors.push([line, error as Error])
    }
  }
  if (unresolved.size > 0) throw new UnresolvedHost(...unresolved)
  return { groups, errors }
}
