// argv and the machine → an exit status: selects the operation and opens its client.
import type { CommandOutcome } from './commands/command-outcome.ts'
import type { NodeSubcommands } from './commands/subcommand.ts'
import { parse } from './grammar/parse.ts'
import { withNames } from './grammar/resolve-hosts.ts'
import { subcommandRow } from './grammar/subcommand-rows.ts'
import type { IpvsClient } from './ipvs/client.ts'
import { openClient } from './ipvs/open-client.ts'
import { report } from './report.ts'
import { statusOf, statusOfError } from './status.ts'
import { BrokenPipe, type System } from './system/system.ts'

/**
 * Runs a program, `ipvsadm` or one of its two companions, with these words; the exit status. Never throws.
 * @param onNode the subcommands that need Node
 */
export async function main(
  program: string,
  words: readonly string[],
  system: System,
  onNode: NodeSubcommands = {},
): Promise<number> {
  system.trace?.('the program is loaded')
  try {
    return statusOf(await runProgram(program, words, system, onNode))
  } catch (error) {
    return await fail(error as Error, words, system)
  }
}

async function runProgram(
  program: string,
  words: readonly string[],
  system: System,
  onNode: NodeSubcommands,
): Promise<CommandOutcome> {
  if (!words.some((word) => word.startsWith('--netns'))) return await runHere(program, words, system, onNode)
  const { runInNamespace } = await import('./commands/in-namespace.ts')
  return await runInNamespace(program, words, system, (rest) => runHere(program, rest, system, onNode))
}

/** Runs a program in the network namespace that this process is in. */
async function runHere(
  program: string,
  words: readonly string[],
  system: System,
  onNode: NodeSubcommands,
): Promise<CommandOutcome> {
  if (program === 'ipvsadm-save') return await save(words, system)
  if (program === 'ipvsadm-restore') return await restore(words, system)
  const row = subcommandRow(words[0])
  if (row === undefined) return await ipvsadm(words, system)
  const { runSubcommand } = await import('./commands/run-subcommand.ts')
  return await runSubcommand(row, words.slice(1), system, onNode)
}

async function ipvsadm(words: readonly string[], system: System): Promise<CommandOutcome> {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  const parsed = await attempt(() => withNames(system.names, (names) => parse(words, names, { posix })))
  system.trace?.('the command line is parsed')
  // The reference needs ip_vs for these two as well.
  if ('value' in parsed && (parsed.value.kind === 'help' || parsed.value.kind === 'version')) {
    const { showUsage } = await import('./commands/show-usage.ts')
    await showUsage(parsed.value.kind, system)
    return 'done'
  }
  return await withClient(system, async (client) => {
    // Like the reference, reports a missing ip_vs before it reports wrong words.
    if ('error' in parsed) throw parsed.error
    const { runCommand } = await import('./commands/run-command.ts')
    return await runCommand(parsed.value, client, system)
  })
}

/** `ipvsadm-save`: `ipvsadm -S`, to stdout or to a file. */
async function save(words: readonly string[], system: System): Promise<CommandOutcome> {
  const { readSaveWords, SAVE_USAGE } = await import('./grammar/save-words.ts')
  const saving = readSaveWords(words)
  if (saving === undefined) {
    system.writeError(SAVE_USAGE)
    return 'usage-shown'
  }
  const { save, saveToFile } = await import('./commands/save.ts')
  const { file, command } = saving
  return await withClient(system, async (client) => {
    await (file === undefined ? save(command, client, system) : saveToFile(file, command, client, system))
    return 'done'
  })
}

/** `ipvsadm-restore`: `ipvsadm apply` of stdin. */
async function restore(words: readonly string[], system: System): Promise<CommandOutcome> {
  const { readRestoreWords } = await import('./grammar/restore-words.ts')
  const { readRestoreOptions } = await import('./commands/file-options.ts')
  const { restoreRules } = await import('./commands/restore.ts')
  const options = readRestoreOptions(readRestoreWords(words))
  return await restoreRules(system.readInputBytes(), options, ['ipvsadm-restore', ...words], system)
}

async function withClient(
  system: System,
  work: (client: IpvsClient) => Promise<CommandOutcome>,
): Promise<CommandOutcome> {
  const client = await openClient(system)
  system.trace?.('the kernel has answered')
  try {
    return await work(client)
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
  const status = statusOfError(error)
  if (error instanceof BrokenPipe) return status
  try {
    system.writeError(await report(error, words, status, system))
  } catch (unwritten) {
    // If stderr cannot be written either, only the status reports the failure.
    if (unwritten instanceof BrokenPipe) return statusOfError(unwritten)
  }
  return status
}
