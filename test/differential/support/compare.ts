// Compares two outcomes, and names the allowed differences between them.
import { ALLOWED, type Pair } from './allowed.ts'
import { formatStep, type Outcome, type Step } from './step.ts'

export interface Verdict {
  /** The rows of the allowed table that were needed. */
  readonly allowed: readonly string[]
  /** The difference beyond them; undefined if there is none. */
  readonly difference: string | undefined
}

/** The order of comparison: the first difference is reported. */
const ASPECTS = ['status', 'stdout', 'stderr'] as const

const same = ({ reference, ours }: Pair) => ASPECTS.every((aspect) => reference[aspect] === ours[aspect])

export function compare(step: Step, reference: Outcome, ours: Outcome): Verdict {
  let pair: Pair = { reference, ours }
  const allowed: string[] = []
  for (const { id, settle } of ALLOWED) {
    if (same(pair)) break
    const settled = settle(pair, step)
    if (
      ASPECTS.some(
        (aspect) =>
          settled.reference[aspect] !== pair.reference[aspect] || settled.ours[aspect] !== pair.ours[aspect],
      )
    ) {
      allowed.push(id)
      pair = settled
    }
  }
  return { allowed, difference: same(pair) ? undefined : describe(step, { reference, ours }) }
}

function describe(step: Step, { reference, ours }: Pair): string {
  const aspects = ASPECTS.filter((aspect) => reference[aspect] !== ours[aspect])
  const told = aspects.map(
    (aspect) =>
      `  ${aspect}\n    reference: ${show(reference[aspect])}\n    ours:      ${show(ours[aspect])}`,
  )
  return `$ ${formatStep(step)}\n${told.join('\n')}`
}

function show(value: string | number): string {
  return JSON.stringify(value).replaceAll('\\n', '\\n\n               ').trimEnd()
}
