// `--netns`: runs a command line in another network namespace, or a listing in all namespaces with a table.
import { type ChosenNamespace, takeNetns } from '../grammar/netns-words.ts'
import { refuse } from '../grammar/refusals.ts'
import { type NamespaceTable, readNamespaces } from '../ipvs/read-namespaces.ts'
import { ALL, findNamespace, namespaceError } from '../system/find-namespaces.ts'
import { OWN_NAMESPACE } from '../system/namespace-files.ts'
import { BrokenPipe, type Namespaces, type System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

type Run = (words: readonly string[]) => Promise<CommandOutcome>

/** @param run runs words in the current namespace */
export async function runInNamespace(
  program: string,
  words: readonly string[],
  system: System,
  run: Run,
): Promise<CommandOutcome> {
  const chosen = takeNetns(program, words, system.env.POSIXLY_CORRECT !== undefined)
  if (chosen === undefined) return await run(words)
  const { namespaces } = system
  if (namespaces === undefined) return refuse('this machine has no network namespaces')
  if (chosen.word === ALL) return await runInAll(chosen, namespaces, system, run)
  const { path, inode } = findNamespace(chosen.word, namespaces)
  if (inode === namespaces.inode(OWN_NAMESPACE)) return await run(chosen.rest)
  return await enter(chosen.word, path, chosen.rest, namespaces, run)
}

async function enter(
  word: string,
  path: string,
  rest: readonly string[],
  namespaces: Namespaces,
  run: Run,
): Promise<CommandOutcome> {
  let entered: Awaited<ReturnType<Namespaces['enter']>>
  try {
    entered = await namespaces.enter(path, rest)
  } catch (error) {
    throw namespaceError(word, error)
  }
  return entered === 'entered' ? await run(rest) : entered
}

/** The first outcome that is not `done`, after all have been listed. */
async function runInAll(
  { command, json, rest }: ChosenNamespace,
  namespaces: Namespaces,
  system: System,
  run: Run,
): Promise<CommandOutcome> {
  if (command !== 'list') refuse("`--netns all' is only for the command --list")
  if (json) refuse("`--netns all' prints no JSON; see `ipvsadm namespaces --json'")
  const { tables, hidden } = await readNamespaces(system)
  reportHidden(hidden, system)
  let outcome: CommandOutcome = 'done'
  for (const [i, table] of tables.entries()) {
    system.writeOutput(`${i === 0 ? '' : '\n'}Network namespace ${table.word}\n`)
    const one = await listOne(table, rest, namespaces, system, run)
    if (outcome === 'done') outcome = one
  }
  return outcome
}

/** A failure in one namespace does not prevent the listing of the others. */
async function listOne(
  { own, word, files, processes }: NamespaceTable,
  rest: readonly string[],
  namespaces: Namespaces,
  system: System,
  run: Run,
): Promise<CommandOutcome> {
  try {
    if (own) return await run(rest)
    const path = files[0] ?? `/proc/${processes[0]}/ns/net`
    const outcome = await enter(word, path, rest, namespaces, run)
    return typeof outcome === 'object' && 'status' in outcome && outcome.status === 0 ? 'done' : outcome
  } catch (error) {
    if (error instanceof BrokenPipe) throw error
    const { describe } = await import('../output/messages.ts')
    system.writeError(`${describe(error as Error, system.programName)}\n`)
    return { reported: error as Error }
  }
}

/** @param hidden the number of files and processes whose namespace is not readable */
export function reportHidden(hidden: number, system: System): void {
  if (hidden === 0) return
  const those = hidden === 1 ? '1 process or file' : `${hidden} processes or files`
  system.writeError(`the network namespaces of ${those} cannot be read (you must be root)\n`)
}
