// argv and the machine → an exit status: selects the operation and opens its client.
import type { CommandOutcome } from './commands/command-outcome.ts'
import type { NodeSubcommands } from './commands/subcommand.ts'
import { findSubcommand } from './grammar/find-subcommand.ts'
import { beginFamily, kernelOf, openFamily } from './ipvs/open-family.ts'
import { report } from './report.ts'
import { statusOf, statusOfError } from './status.ts'
import { BrokenPipe, type System } from './system/system.ts'

/** A first word that may ask for the help or the version, which need no kernel. */
const USAGE = /^-[hv]|^--(help|version)$/

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

function runProgram(
  program: string,
  words: readonly string[],
  system: System,
  onNode: NodeSubcommands,
): Promise<CommandOutcome> {
  const run = (rest: readonly string[]) => runHere(program, rest, system, onNode)
  if (!words.some((word) => word.startsWith('--netns'))) return run(words)
  return import('./commands/in-namespace.ts').then(({ runInNamespace }) =>
    runInNamespace(program, words, system, run),
  )
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
  const row = await findSubcommand(words)
  if (row === undefined) return await ipvsadm(words, system)
  const { runSubcommand } = await import('./commands/run-subcommand.ts')
  return await runSubcommand(row, words.slice(1), system, onNode)
}

async function ipvsadm(words: readonly string[], system: System): Promise<CommandOutcome> {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  // A missing module is loaded while the words are read.
  const opened = USAGE.test(words[0] ?? '') ? undefined : await beginFamily(await kernelOf(system))
  const { readCommand } = await import('./grammar/read-command.ts')
  const parsed = await readCommand(words, system.names, { posix })
  system.trace?.('the command line is parsed')
  // The reference needs ip_vs for these two as well.
  if ('value' in parsed && (parsed.value.kind === 'help' || parsed.value.kind === 'version')) {
    const { showUsage } = await import('./commands/show-usage.ts')
    await showUsage(parsed.value.kind, system)
    return 'done'
  }
  const connection = await (opened?.() ?? openFamily(await kernelOf(system)))
  const { runParsed } = await import('./commands/run-command.ts')
  return await runParsed(parsed, connection, system)
}

/** `ipvsadm-save`: `ipvsadm -S`, to stdout or to a file. */
async function save(words: readonly string[], system: System): Promise<CommandOutcome> {
  const { readSaveWords, SAVE_USAGE } = await import('./grammar/save-words.ts')
  const saving = readSaveWords(words)
  if (saving === undefined) {
    system.writeError(SAVE_USAGE)
    return 'usage-shown'
  }
  const { saveTable } = await import('./commands/save.ts')
  await saveTable(saving.file, saving.command, system)
  return 'done'
}

/** `ipvsadm-restore`: `ipvsadm apply` of stdin. */
async function restore(words: readonly string[], system: System): Promise<CommandOutcome> {
  const { readRestoreWords } = await import('./grammar/restore-words.ts')
  const { readRestoreOptions } = await import('./commands/file-options.ts')
  const { restoreRules } = await import('./commands/restore.ts')
  const options = readRestoreOptions(readRestoreWords(words))
  return await restoreRules(system.readInput(), options, ['ipvsadm-restore', ...words], system)
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
