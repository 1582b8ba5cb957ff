// The copy of a director's rules on its disk.
import { describe } from '../../output/messages.ts'
import type { System } from '../../system/system.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { formatCopy, parseCopy, type RulesCopy } from './rules-copy.ts'

/** Milliseconds until a copy that could not be written is tried again. */
const AGAIN_AFTER = 10_000

export interface RulesCopyOptions {
  /** The file. */
  readonly copy: string
  readonly system: Pick<System, 'readFile' | 'replaceFile'>
  readonly clock: Clock
  readonly log: Log
}

export class RulesCopyFile {
  readonly #options: RulesCopyOptions
  /** The text that is known to be in the file. */
  #written = ''
  #again = 0
  #problem: string | undefined

  constructor(options: RulesCopyOptions) {
    this.#options = options
  }

  /** Why the copy is not that of the last rules; undefined: it is. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Whether a copy that could not be written is to be tried again. */
  get isDueAgain(): boolean {
    return this.#problem !== undefined && this.#options.clock.now() >= this.#again
  }

  /** The groups in the file; undefined: there is none, as on a new director, or it is wrong, which is logged. */
  read(): RulesCopy | undefined {
    const { system, copy, log } = this.#options
    let text: string
    try {
      text = new TextDecoder().decode(system.readFile(copy))
    } catch {
      return undefined
    }
    const copied = parseCopy(text)
    if (copied === undefined) log('warning', 'copy-wrong', { file: copy, consequence: 'not used' })
    return copied
  }

  /** Replaces the file, unless it is known to have these rules. A failure is logged, and is the `problem`. */
  keep(rules: RulesCopy): void {
    const { system, copy, clock, log } = this.#options
    const text = formatCopy(rules)
    if (text === this.#written) {
      this.#problem = undefined
      return
    }
    this.#again = clock.now() + AGAIN_AFTER
    try {
      system.replaceFile(copy, text)
      this.#written = text
      this.#problem = undefined
    } catch (error) {
      this.#problem = `the copy of the rules is old: ${describe(error as Error)}`
      log('warning', 'copy-not-written', { file: copy, problem: this.#problem })
    }
  }
}
