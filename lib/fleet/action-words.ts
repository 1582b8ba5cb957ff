// The words and options that each action of `ipvsadm fleet` takes: others are refused.
import { refuse } from '../grammar/refusals.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'

interface ActionWords {
  /** The name of the operand, for messages. */
  readonly operand?: string
  /** Whether the operand must be there. */
  readonly needsOperand?: boolean
  readonly options: readonly string[]
}

const COMMIT = ['group', 'message', 'author', 'dry-run', 'canary', 'batch', 'wait', 'patience', 'detach']

const WORDS: Readonly<Record<string, ActionWords>> = {
  push: { operand: 'file', needsOperand: true, options: COMMIT },
  rollback: { operand: 'revision', needsOperand: true, options: COMMIT },
  history: { options: ['group', 'json'] },
  show: { operand: 'revision', options: ['group'] },
  diff: { operand: 'revision', options: ['group', 'director'] },
  prune: { options: ['group', 'keep', 'dry-run'] },
  status: { options: ['group', 'watch', 'json'] },
  forget: { operand: 'director', needsOperand: true, options: [] },
}

/** Options that some action takes. */
const OPTIONS = new Set(Object.values(WORDS).flatMap(({ options }) => options))

/** Throws a UsageError. */
export function checkActionWords(args: OptionValues): void {
  const action = String(args.action)
  const { operand, needsOperand = false, options } = WORDS[action]!
  if (operand === undefined && args.operand !== undefined)
    refuse(`${action}: takes no word such as \`${args.operand}'`)
  if (needsOperand && args.operand === undefined) refuse(`${action}: which ${operand}?`)
  for (const name of OPTIONS) {
    const given = args[name] !== undefined && args[name] !== false
    if (given && !options.includes(name)) refuse(`${action}: takes no --${name}`)
  }
  if (args.canary !== undefined || args.batch !== undefined) return
  const alone = ['wait', 'patience'].find((name) => args[name] !== undefined)
  if (alone !== undefined && options.includes(alone))
    refuse(`${action}: --${alone} is of a rollout: it needs --canary or --batch`)
}
