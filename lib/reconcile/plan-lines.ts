// A plan as rule lines, each with a mark: `+` adds, `~` edits, `-` removes.
import type { Change, ChangeKind } from '../model/change.ts'
import { inChunks } from '../output/chunks.ts'
import { visible } from '../output/visible.ts'
import { formatChange } from '../rules/change-lines.ts'
import type { PlanStep } from './step-list.ts'

export type Action = 'add' | 'edit' | 'delete'

export const ACTIONS: Readonly<Record<ChangeKind, Action>> = {
  'add-service': 'add',
  'edit-service': 'edit',
  'delete-service': 'delete',
  flush: 'delete',
  'add-server': 'add',
  'edit-server': 'edit',
  'delete-server': 'delete',
  zero: 'edit',
  set: 'edit',
  'start-daemon': 'add',
  'stop-daemon': 'delete',
}

const SIGNS: Readonly<Record<Action, string>> = { add: '+', edit: '~', delete: '-' }

/** With control characters escaped; never truncated, because the output may be piped. */
const ruleOf = (change: Change): string => visible(formatChange(change), Number.POSITIVE_INFINITY)

/**
 * Without their first two characters the lines are a rule file: `ipvsadm -R` makes the changes.
 * @param before gives the previous values of an edit, which are printed as a comment
 */
export function formatSteps(
  steps: Iterable<PlanStep>,
  before: (change: Change) => Change | undefined = () => undefined,
): Generator<string, void, undefined> {
  function* texts() {
    for (const { change } of steps) {
      yield `${SIGNS[ACTIONS[change.kind]]} ${ruleOf(change)}\n`
      const old = before(change)
      if (old !== undefined) yield `  # was ${ruleOf(old)}\n`
    }
  }
  return inChunks(texts())
}
