// Watches the rule file: reads it whole when it was written or replaced, checks it, and hands on only what is right. A
// file that is wrong is reported, and the rules stay.
import { watch as watchFolder } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Ruleset } from '../model/ruleset.ts'
import { describe } from '../output/messages.ts'
import { formatProblem } from '../reconcile/outcome-text.ts'
import { readRuleFile } from '../rules/read-file.ts'
import type { System } from '../system/system.ts'
import type { Clock } from './clock.ts'
import { waitProblem } from './regular-files.ts'
import { decodeUtf8 } from './utf8.ts'

export type RulesOrProblems =
  | { readonly rules: Ruleset; readonly warnings: readonly string[] }
  /** A line each. */
  | { readonly problems: readonly string[] }

/** The machine as the watch needs it. */
export interface RulesFiles {
  /** A text that differs once the file was written or replaced; or the reason why it cannot be read. */
  mark(path: string): Promise<{ readonly mark: string } | { readonly problem: string }>
  /** Calls back when something in the file's folder has changed; the function that it returns ends that. */
  watch(path: string, changed: () => void): () => void
}

export const nodeRulesFiles: RulesFiles = {
  async mark(path) {
    try {
      const status = await stat(path, { bigint: true })
      const problem = status.isDirectory() ? 'it is a directory' : waitProblem(status)
      if (problem !== undefined) return { problem }
      return { mark: [status.dev, status.ino, status.size, status.mtimeNs].join(' ') }
    } catch (error) {
      return { problem: describe(error as Error) }
    }
  },
  watch(path, changed) {
    const name = basename(path)
    try {
      const watcher = watchFolder(dirname(path), (_, file) => {
        // Without the name of a file, and for a link that something else in the folder is behind, all count.
        if (file === null || file === name || file.startsWith('..')) changed()
      })
      // A folder that is gone: `look` is called regularly besides.
      watcher.on('error', () => watcher.close())
      return () => watcher.close()
    } catch {
      return () => {}
    }
  },
}

/** Reads and checks a rule file. */
export async function readRules(path: string, system: System, files: RulesFiles): Promise<RulesOrProblems> {
  const found = await files.mark(path)
  if ('problem' in found) return { problems: [`${path}: ${found.problem}`] }
  let bytes: Uint8Array
  try {
    bytes = system.readFile(path)
  } catch (error) {
    return { problems: [`${path}: ${describe(error as Error)}`] }
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { problems: [`${path}: not UTF-8`] }
  return await parseRules(text, path, system)
}

/** Checks the text of a rule file. @param name of the file, for the message */
export async function parseRules(text: string, name: string, system: System): Promise<RulesOrProblems> {
  const posix = system.env.POSIXLY_CORRECT !== undefined
  const { ruleset, errors, warnings } = await readRuleFile(text, { posix, names: system.names })
  const lines = (problems: typeof errors) => problems.map((problem) => formatProblem(problem).trimEnd())
  if (errors.length > 0) return { problems: lines(errors) }
  if (ruleset.services.size === 0) {
    return { problems: [`${name}: there are no services in it; to end the balancing, stop the agent`] }
  }
  return { rules: ruleset, warnings: lines(warnings) }
}

/** Milliseconds for which a file must have been left alone before it is read: programs write in pieces. */
const QUIET = 150

export interface RulesWatchOptions {
  readonly path: string
  readonly system: System
  readonly clock: Clock
  readonly files: RulesFiles
  /** Called with each reading, right or wrong. */
  readonly read: (result: RulesOrProblems) => void
}

export class RulesWatch {
  readonly #options: RulesWatchOptions
  #mark: string | undefined
  /** The turn of the last reading that has begun. */
  #reading: Promise<void> = Promise.resolve()
  #cancel: (() => void) | undefined
  #end: (() => void) | undefined

  constructor(options: RulesWatchOptions) {
    this.#options = options
  }

  start(): void {
    const { files, path } = this.#options
    this.#end = files.watch(path, () => this.#wait())
  }

  stop(): void {
    this.#end?.()
    this.#cancel?.()
  }

  /** Reads the file now. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      const { path, system, files, read } = this.#options
      const found = await files.mark(path)
      this.#mark = 'mark' in found ? found.mark : found.problem
      read(await readRules(path, system, files))
    })
    return this.#reading
  }

  /** Looks whether the file was changed without notice: not all file systems give one. */
  async look(): Promise<void> {
    if (this.#cancel === undefined && (await this.#changed())) this.#wait()
  }

  async #changed(): Promise<boolean> {
    const found = await this.#options.files.mark(this.#options.path)
    return ('mark' in found ? found.mark : found.problem) !== this.#mark
  }

  /** Reads the file when nothing has happened to it for a while. */
  #wait(): void {
    this.#cancel?.()
    this.#cancel = this.#options.clock.timer(QUIET, () => {
      this.#cancel = undefined
      void this.#changed().then((changed) => (changed ? this.reload() : undefined))
    })
  }
}
