// The search for a pattern of the configuration in what a server has sent, bounded in time: a search that goes back over the
// same text for many ways to match may take hours, and nothing else runs meanwhile.
import { type Context, createContext, Script } from 'node:vm'
import { down, type UntimedResult } from './check-result.ts'

/** Milliseconds. A search takes less than one, unless it goes back so. */
const LONGEST = 100
/** Milliseconds of the processor. A search that has had less was held up, and is made again, so many times in all. */
const LITTLE = LONGEST / 2
const TIMES = 5

/** Without repetition, option or choice there is one way to match at each place, and no need of a bound. */
const MANY_WAYS = /[*+?{|]/

interface Search {
  readonly script: Script
  readonly context: Context
}
let search: Search | undefined

/** Whether the pattern is in the text; undefined: the search was given up. */
export function isIn(text: string, pattern: RegExp): boolean | undefined {
  if (!MANY_WAYS.test(pattern.source)) return pattern.test(text)
  search ??= { script: new Script('pattern.test(text)'), context: createContext({}) }
  const { script, context } = search
  Object.assign(context, { pattern, text })
  const start = processorTime()
  try {
    for (let time = 0; time < TIMES; time++) {
      try {
        return script.runInContext(context, { timeout: LONGEST }) as boolean
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        // It may need more memory than there is for it.
        if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT' || processorTime() - start > LITTLE) break
      }
    }
    return undefined
  } finally {
    Object.assign(context, { pattern: undefined, text: '' })
  }
}

/** Milliseconds that this process has had of the processor. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The outcome of a search that was given up. */
export const givenUp = (pattern: RegExp): UntimedResult =>
  down(`the search for ${pattern} was given up after ${LONGEST} ms`)
