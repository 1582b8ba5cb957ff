// argv → options by the rules of popt, the C library on whose grammar scripts rely. Independent of the option table.

export type Argument = 'none' | 'required' | 'optional'

export interface Spec {
  /** Without the two dashes. */
  readonly long: string
  /** Each character is a short name. */
  readonly short?: string
  readonly argument: Argument
}

const NEXT_WORD = '!#:+'

/** A word that popt refuses. */
export class PoptError extends Error {
  override readonly name = 'PoptError'
  constructor(
    readonly word: string,
    readonly problem: 'unknown option' | 'missing argument' | 'option does not take an argument',
  ) {
    super(`${word}: ${problem}`)
  }
}

export interface PoptOptions {
  /** The first word that is not an option ends the options (POSIXLY_CORRECT). */
  readonly posix: boolean
}

/** Specs by their names. */
export interface SpecIndex<S extends Spec> {
  long(name: string): S | undefined
  /** @param letter one character */
  short(letter: string): S | undefined
}

/** Searches for a name when it is first asked for: a table of all names takes longer than to read a command line. */
export function indexSpecs<S extends Spec>(...tables: readonly (readonly S[])[]): SpecIndex<S> {
  const longs = new Map<string, S>()
  const shorts = new Map<string, S>()
  return {
    long(name) {
      const known = longs.get(name)
      if (known !== undefined) return known
      for (const specs of tables) {
        for (let i = 0; i < specs.length; i++) {
          const spec = specs[i]!
          if (spec.long === name) return remember(longs, name, spec)
        }
      }
      return undefined
    },
    short(letter) {
      const known = shorts.get(letter)
      if (known !== undefined || letter === '') return known
      for (const specs of tables) {
        for (let i = 0; i < specs.length; i++) {
          const spec = specs[i]!
          const { short } = spec
          // Most have one letter.
          if (short === letter || (short !== undefined && short.length > 1 && short.includes(letter)))
            return remember(shorts, letter, spec)
        }
      }
      return undefined
    },
  }
}

function remember<S>(known: Map<string, S>, name: string, spec: S): S {
  known.set(name, spec)
  return spec
}

/**
 * The options of a command line, in the order of the words: each `next` puts one into the fields.
 * (A restore reads thousands of lines: an object for each option of each line costs more than the reading.)
 */
export class Popt<S extends Spec> {
  spec!: S
  /** The option's value, if it has one. */
  value: string | undefined
  /** The word for messages: the whole word with the option, or its value. */
  word = ''
  /** The index of the word in which the option was found. */
  at = 0
  /** The words so far that are not options. */
  readonly rest: string[] = []
  readonly #words: readonly string[]
  readonly #index: SpecIndex<S>
  readonly #posix: boolean
  #next = 0
  /** Words that were inserted into a value. */
  #used: Set<number> | undefined
  #optionsEnded = false
  /** A word of short options, and the position of the next one. */
  #cluster = ''
  #letter = 0

  constructor(words: readonly string[], index: SpecIndex<S>, { posix }: PoptOptions = { posix: false }) {
    this.#words = words
    this.#index = index
    this.#posix = posix
  }

  /** False at the end; throws a PoptError at a malformed word. */
  next(): boolean {
    while (this.#letter === this.#cluster.length) {
      if (this.#next === this.#words.length) return false
      const at = this.#next++
      if (this.#used?.has(at) === true) continue
      const word = this.#words[at]!
      this.at = at
      if (this.#optionsEnded || word === '-' || !word.startsWith('-')) {
        this.rest.push(word)
        if (this.#posix) this.#optionsEnded = true
      } else if (word === '--') {
        this.#optionsEnded = true
      } else if (word.startsWith('--')) {
        this.#readLong(word)
        return true
      } else {
        this.#cluster = word
        this.#letter = 1
      }
    }
    this.#readShort(this.#cluster)
    return true
  }

  /** The number of words read. */
  get count(): number {
    return this.#next
  }

  #readLong(word: string): void {
    const equals = word.indexOf('=')
    const spec = this.#index.long(equals < 0 ? word.slice(2) : word.slice(2, equals))
    if (spec === undefined) throw new PoptError(word, 'unknown option')
    this.#found(spec, equals < 0 ? undefined : word.slice(equals + 1), word)
  }

  #readShort(word: string): void {
    const at = this.#letter++
    const spec = this.#index.short(word[at]!)
    if (spec === undefined) throw new PoptError(word, 'unknown option')
    let attached: string | undefined
    if (spec.argument === 'none') {
      if (word[at + 1] === '=') throw new PoptError(word, 'option does not take an argument')
    } else if (at + 1 < word.length) {
      attached = word.slice(word[at + 1] === '=' ? at + 2 : at + 1)
      this.#letter = word.length
    }
    this.#found(spec, attached, word)
  }

  #found(spec: S, attached: string | undefined, word: string): void {
    this.spec = spec
    this.value = this.#valueOf(spec, attached, word)
    this.word = this.#words[this.#next - 1]!
  }

  #valueOf({ argument }: S, attached: string | undefined, word: string): string | undefined {
    if (attached !== undefined) {
      if (argument === 'none') throw new PoptError(word, 'option does not take an argument')
      return this.#expanded(attached)
    }
    if (argument === 'none') return undefined
    const next = this.#words[this.#next]
    if (argument === 'optional' && (next === undefined || next.startsWith('-'))) return undefined
    // A required value is the next word, even one that looks like an option.
    if (next === undefined) throw new PoptError(word, 'missing argument')
    this.#next++
    return this.#expanded(next)
  }

  /** In a value, popt replaces `!#:+` by the next word that does not look like an option, and skips that word later. */
  #expanded(value: string): string {
    if (!value.includes(NEXT_WORD)) return value
    for (let at = this.#next; at < this.#words.length; at++) {
      const word = this.#words[at]!
      if (word.startsWith('-') || this.#used?.has(at) === true) continue
      this.#used ??= new Set()
      this.#used.add(at)
      return value.replaceAll(NEXT_WORD, () => word)
    }
    return value
  }
}
