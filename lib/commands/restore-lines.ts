// `-R`: rule lines on stdin, one command each. Everything is checked before anything is sent; then the lines are
// run in order, and go on after what the kernel refuses.

import { type Command, isChange } from '../grammar/command.ts'
import { parse } from '../grammar/parse.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { type Names, UnresolvedHost } from '../grammar/values.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import type { ChangeBatch } from '../ipvs/requests.ts'
import type { Change } from '../model/change.ts'
import { KernelError, UsageError } from '../model/errors.ts'
import { describe, TRY_HELP } from '../output/messages.ts'
import { visible } from '../output/visible.ts'
import { ruleLines } from '../rules/split-lines.ts'
import type { System } from '../system/system.ts'
import { execute } from './execute.ts'

/** A failure that has been reported already, line by line. */
export class Reported extends Error {
  override readonly name = 'Reported'
  /** @param failure decides the exit status */
  constructor(readonly failure: Error) {
    super(failure.message)
  }
}

/** Changes that go to the kernel together, with their lines; or a command of another kind. */
type LineGroup =
  | { readonly changes: ChangeBatch; readonly lines: number[] }
  | { readonly command: Exclude<Command, Change>; readonly line: number }

/** What a file says reaches the terminal as text. */
const readable = (message: string) =>
  message
    .split('\n')
    .map((part) => visible(part, Number.POSITIVE_INFINITY))
    .join('\n')

/** Throws a Reported when a line is malformed (nothing was sent then), or when the kernel refused the last one. */
export async function restore(text: string, client: IpvsClient, system: System): Promise<void> {
  // As the reference: what listings say comes after the messages, when all is done; on a terminal at once.
  if (system.outputTerminal?.() !== undefined) return await run(text, client, system)
  const pieces: string[] = []
  try {
    await run(text, client, { ...system, writeOutput: (piece) => void pieces.push(piece) })
  } finally {
    for (const piece of pieces) system.writeOutput(piece)
  }
}

async function run(text: string, client: IpvsClient, system: System): Promise<void> {
  const report = (line: number, error: Error) =>
    system.writeError(`line ${line}: ${readable(describe(error, system.programName))}\n`)
  const { steps, errors } = await withNames(system.names, (names) => read(text, names, client, system))
  for (const [line, error] of errors) report(line, error)
  for (const [, error] of errors) throw new Reported(error)

  let failure: Error | undefined
  for (const step of steps) {
    if ('changes' in step) {
      const failures = await client.applyBatch(step.changes)
      failures.forEach((error, i) => {
        if (error !== undefined) report(step.lines[i]!, error)
      })
      failure = failures[step.changes.length - 1]
      continue
    }
    try {
      await execute(step.command, client, system)
    } catch (error) {
      if (!(error instanceof KernelError || error instanceof UsageError)) throw error
      report(step.line, error)
      failure = error
      // An edit that keeps the rest is an edit: the others go on.
      if (step.command.kind === 'keep-service' || step.command.kind === 'keep-server') continue
      throw new Reported(error)
    }
    // The reference ends with its help.
    if (step.command.kind === 'help' || step.command.kind === 'version') return
    failure = undefined
  }
  if (failure !== undefined) throw new Reported(failure)
}

/**
 * All lines. Each change is encoded and forgotten: what a large file is made into would fill the memory many times.
 * Throws an UnresolvedHost with all the hosts that are not known yet.
 */
function read(text: string, names: Names, client: IpvsClient, system: System) {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  const steps: LineGroup[] = []
  const errors: [line: number, error: Error][] = []
  const unresolved = new Set<string>()
  let together: Extract<LineGroup, { changes: ChangeBatch }> | undefined
  for (const { number: line, words } of ruleLines(text)) {
    try {
      const command = parse(words, names, { posix })
      // A restore within a restore has no input of its own.
      if (command.kind === 'restore') throw new UsageError(TRY_HELP, 'syntax')
      if (isChange(command)) {
        if (together === undefined) {
          together = { changes: client.newBatch(), lines: [] }
          steps.push(together)
        }
        together.changes.add(command)
        together.lines.push(line)
      } else {
        together = undefined
        steps.push({ command, line })
      }
    } catch (error) {
      if (error instanceof UnresolvedHost) for (const host of error.hosts) unresolved.add(host)
      else errors.push([line, error as Error])
    }
  }
  if (unresolved.size > 0) throw new UnresolvedHost(...unresolved)
  return { steps, errors }
}
