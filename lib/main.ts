// argv and the machine → an exit status: the only place that decides one.
import { execute } from './commands/execute.ts'
import { SUBCOMMANDS } from './commands/index.ts'
import { Reported } from './commands/restore-lines.ts'
import { parse } from './grammar/parse.ts'
import { withNames } from './grammar/resolve-hosts.ts'
import type { IpvsClient } from './ipvs/client.ts'
import { openClient } from './ipvs/open-client.ts'
import { report } from './report.ts'
import { STATUS, statusOf } from './status.ts'
import { BrokenPipe, type System } from './system/system.ts'

/** Runs a program, `ipvsadm` or one of its two companions, with these words; the exit status. Never throws. */
export async function main(program: string, words: readonly string[], system: System): Promise<number> {
  system.trace?.('the program is loaded')
  try {
    if (program === 'ipvsadm-save') return await save(words, system)
    if (program === 'ipvsadm-restore') return await restore(words, system)
    if (words[0] !== undefined && Object.hasOwn(SUBCOMMANDS, words[0])) {
      const { runSubcommand } = await import('./commands/run-subcommand.ts')
      return await runSubcommand(words, system)
    }
    return await ipvsadm(words, system)
  } catch (error) {
    return await fail(error as Error, words, system)
  }
}

async function ipvsadm(words: readonly string[], system: System): Promise<number> {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  const parsed = await attempt(() => withNames(system.names, (names) => parse(words, names, { posix })))
  system.trace?.('the words are read')
  // The reference needs ip_vs even for these two.
  if ('value' in parsed && (parsed.value.kind === 'help' || parsed.value.kind === 'version')) {
    const { helpText } = await import('./help/usage.ts')
    system.writeOutput(helpText(parsed.value.kind, system.programName))
    return 0
  }
  await withClient(system, async (client) => {
    // Like the reference, says that there is no ip_vs before it says that the words are wrong.
    if ('error' in parsed) throw parsed.error
    await execute(parsed.value, client, system)
  })
  return 0
}

/** `ipvsadm-save`: `ipvsadm -S`, to a file if one is named: only when all of it is known. */
async function save(words: readonly string[], system: System): Promise<number> {
  const { readSaveOptions, SAVE_USAGE } = await import('./grammar/save-words.ts')
  const options = readSaveOptions(words)
  if (options === undefined) {
    system.writeError(SAVE_USAGE)
    return STATUS.usageShown
  }
  const { numeric, all, file } = options
  const command = { kind: 'save', numeric, all } as const
  if (file === undefined) {
    await withClient(system, (client) => execute(command, client, system))
    return STATUS.done
  }
  const pieces: string[] = []
  const collecting: System = { ...system, writeOutput: (text) => void pieces.push(text) }
  await withClient(system, (client) => execute(command, client, collecting))
  system.replaceFile(file, pieces.join(''))
  return STATUS.done
}

/** `ipvsadm-restore`: reads stdin and moves the table to what it says. The original looks at no words. */
async function restore(words: readonly string[], system: System): Promise<number> {
  const { readRestoreOptions } = await import('./grammar/restore-words.ts')
  const { restoreRules } = await import('./commands/restore.ts')
  const options = readRestoreOptions(words)
  return await restoreRules(system.readInput(), options, ['ipvsadm-restore', ...words], system)
}

async function withClient(system: System, work: (client: IpvsClient) => Promise<void>): Promise<void> {
  const client = await openClient(system)
  system.trace?.('the kernel has answered')
  try {
    await work(client)
  } finally {
    client.close()
    system.trace?.('the command is done')
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}

async function fail(error: Error, words: readonly string[], system: System): Promise<number> {
  if (error instanceof BrokenPipe) return STATUS.unread
  if (error instanceof Reported) return statusOf(error.failure)
  const status = statusOf(error)
  try {
    system.writeError(await report(error, words, status, system))
  } catch (unwritten) {
    if (unwritten instanceof BrokenPipe) return STATUS.unread
    // Nobody is there to be told.
  }
  return status
}
