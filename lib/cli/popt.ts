// argv → tokens by the rules of popt, the C library whose grammar scripts have come to rely on. Knows no option.

export type Argument = 'none' | 'required' | 'optional'

export interface Spec {
  /** Without the two dashes. */
  readonly long: string
  /** Each character is a name. */
  readonly short?: string
  readonly argument: Argument
}

export interface Token<S extends Spec> {
  readonly spec: S
  /** The option's value, if it has one. */
  readonly value: string | undefined
  /** The whole word that the option was found in, or that its value is: what messages name. */
  readonly word: string
}

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
  /** The first word that is no option ends the options (POSIXLY_CORRECT). */
  readonly posix: boolean
}

/** An index of specs by their names. */
export interface SpecIndex<S extends Spec> {
  readonly long: ReadonlyMap<string, S>
  readonly short: ReadonlyMap<string, S>
}

export function indexSpecs<S extends Spec>(specs: readonly S[]): SpecIndex<S> {
  return {
    long: new Map(specs.map((spec) => [spec.long, spec])),
    short: new Map(specs.flatMap((spec) => [...(spec.short ?? '')].map((name) => [name, spec] as const))),
  }
}

/**
 * Yields the options one by one, in the order of the words; throws a PoptError at the first word that is not
 * well formed. Words that are no options are added to `rest` as they are passed.
 */
export function* popt<S extends Spec>(
  words: readonly string[],
  index: SpecIndex<S>,
  rest: string[],
  { posix }: PoptOptions = { posix: false },
): Generator<Token<S>, void, undefined> {
  let next = 0
  let optionsEnded = false

  function argument(spec: S, attached: string | undefined, word: string): string | undefined {
    if (attached !== undefined) {
      if (spec.argument === 'none') throw new PoptError(word, 'option does not take an argument')
      return attached
    }
    if (spec.argument === 'none') return undefined
    if (spec.argument === 'optional' && (next === words.length || words[next]!.startsWith('-')))
      return undefined
    // A required value is the next word, whatever it looks like.
    if (next === words.length) throw new PoptError(word, 'missing argument')
    return words[next++]
  }

  while (next < words.length) {
    const word = words[next++]!
    if (optionsEnded || word === '-' || !word.startsWith('-')) {
      rest.push(word)
      if (posix) optionsEnded = true
    } else if (word === '--') {
      optionsEnded = true
    } else if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const spec = index.long.get(equals < 0 ? word.slice(2) : word.slice(2, equals))
      if (spec === undefined) throw new PoptError(word, 'unknown option')
      const value = argument(spec, equals < 0 ? undefined : word.slice(equals + 1), word)
      yield { spec, value, word: words[next - 1]! }
    } else {
      for (let at = 1; at < word.length; at++) {
        const spec = index.short.get(word[at]!)
        if (spec === undefined) throw new PoptError(word, 'unknown option')
        if (spec.argument === 'none' && word[at + 1] === '=')
          throw new PoptError(word, 'option does not take an argument')
        const attached =
          spec.argument !== 'none' && at + 1 < word.length ? word.slice(at + 1).replace(/^=/, '') : undefined
        const value = argument(spec, attached, word)
        yield { spec, value, word: words[next - 1]! }
        if (attached !== undefined) break
      }
    }
  }
}
