// The words of `ipvsadm-restore`. The original looks at none, so those that are not ours mean nothing here either;
// `ipvsadm apply` refuses them.
import type { RestoreOptions } from '../commands/restore.ts'
import { parseScope } from '../reconcile/scope.ts'
import { refuse } from './refusals.ts'
import { parseNumber } from './values.ts'

/** How long to wait for another restore, in seconds. */
export const DEFAULT_WAIT = 10
export const MAX_WAIT = 24 * 60 * 60

/** Throws a UsageError when a value of an option of ours is missing or refused. */
export function readRestoreOptions(words: readonly string[]): RestoreOptions {
  const scopes: string[] = []
  let wait = DEFAULT_WAIT
  const switches = new Set<string>()
  for (let i = 0; i < words.length; i++) {
    const [name, attached] = split(words[i]!)
    if (name !== '--wait' && name !== '--scope') {
      switches.add(name)
      continue
    }
    const value = attached ?? words[++i] ?? refuse(`${name}: missing argument`)
    if (name === '--wait') wait = readWait(value)
    else scopes.push(value)
  }
  return {
    verbose: switches.has('-v') || switches.has('--verbose'),
    keepGoing: switches.has('--keep-going'),
    keepWeights: switches.has('--keep-weights'),
    ...(scopes.length > 0 && { scope: readScope(scopes) }),
    wait,
  }
}

function split(word: string): [name: string, value: string | undefined] {
  const equals = word.indexOf('=')
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)]
}

export function readWait(value: string): number {
  return parseNumber(value, 0, MAX_WAIT) ?? refuse(`illegal wait time \`${value}' specified`)
}

export function readScope(words: readonly string[]) {
  const scope = parseScope(words)
  return 'illegal' in scope
    ? refuse(`illegal scope \`${scope.illegal}' specified: a network, a protocol or fwmark:FIRST-LAST`)
    : scope
}
