// `-R`: rule lines on stdin, one command each. Everything is checked before anything is sent; then the lines are
// run in order, and go on after what the kernel refuses.
import { KernelError, UsageError } from '../errors.ts'
import type { Change } from '../ipvs/change.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import { describe, TRY_HELP } from '../messages.ts'
import { ruleLines } from '../rules/lines.ts'
import type { System } from '../system/system.ts'
import { type Command, isChange } from './command.ts'
import { execute } from './execute.ts'
import { parse } from './parse.ts'
import { withNamesEach } from './resolve.ts'

/** A failure that has been reported already, line by line. */
export class Reported extends Error {
  override readonly name = 'Reported'
  /** @param failure decides the exit status */
  constructor(readonly failure: Error) {
    super(failure.message)
  }
}

interface LocatedCommand {
  readonly line: number
  readonly command: Command
}

/** Throws a Reported when a line is malformed (nothing was sent then), or when the kernel refused the last one. */
export async function restore(text: string, client: IpvsClient, system: System): Promise<void> {
  const commands = await check(text, system)
  let failure: Error | undefined
  const report = (line: number, error: Error) =>
    system.writeError(`line ${line}: ${describe(error, system.programName)}\n`)
  for (let next = 0; next < commands.length; ) {
    const changes = changesFrom(commands, next)
    if (changes.length > 0) {
      const failures = await client.applyAll(changes)
      for (const [i, error] of failures.entries()) {
        if (error !== undefined) report(commands[next + i]!.line, error)
      }
      failure = failures[changes.length - 1]
      next += changes.length
    } else {
      const { command, line } = commands[next++]!
      try {
        await execute(command, client, system)
      } catch (error) {
        if (!(error instanceof KernelError)) throw error
        report(line, error)
        throw new Reported(error)
      }
      // The reference ends with its help.
      if (command.kind === 'help' || command.kind === 'version') return
      failure = undefined
    }
  }
  if (failure !== undefined) throw new Reported(failure)
}

/** The run of changes that begins at `first`: they go to the kernel together. */
function changesFrom(commands: readonly LocatedCommand[], first: number): Change[] {
  const changes: Change[] = []
  for (let i = first; i < commands.length; i++) {
    const { command } = commands[i]!
    if (!isChange(command)) break
    changes.push(command)
  }
  return changes
}

/** All lines as commands. Reports every malformed line and throws when there is one. */
async function check(text: string, system: System): Promise<LocatedCommand[]> {
  const lines = [...ruleLines(text)]
  const posix = system.env.POSIXLY_CORRECT !== undefined
  const parsed = await withNamesEach(lines, ({ words }, names) => {
    const command = parse(words, names, { posix })
    // A restore within a restore has no input of its own.
    if (command.kind === 'restore') throw new UsageError(TRY_HELP, 255)
    return command
  })
  const commands: LocatedCommand[] = []
  let first: Error | undefined
  for (const [i, result] of parsed.entries()) {
    const line = lines[i]!.number
    if ('value' in result) {
      commands.push({ line, command: result.value })
    } else {
      first ??= result.error
      system.writeError(`line ${line}: ${describe(result.error, system.programName)}\n`)
    }
  }
  if (first !== undefined) throw new Reported(first)
  return commands
}
