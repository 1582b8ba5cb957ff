// Generated command lines, in sequences that build up a table. Seeds that are saved are replayed; a new one is tried
// each time, and saved when it finds something.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Arena } from './support/arena.ts'
import { sequence } from './support/generate.ts'
import { play } from './support/play.ts'
import { formatStep, type Step } from './support/step.ts'

interface Saved {
  readonly seed: number
  /** The place in the seed's run at which something was found. */
  readonly path?: string
}

const LONG = process.env.IPVSADM_LONG !== undefined
/** Commands of one sequence. */
const LENGTH = 10
/** Sequences of one seed: 300 commands with the saved ones, or 5,000 with the new one. */
const SAVED_RUNS = 7
const NEW_RUNS = LONG ? 500 : 9

const FILE = join(__dirname, 'seeds.json')
const SAVED = JSON.parse(readFileSync(FILE, 'utf8')) as Saved[]

let arena: Arena
beforeAll(async () => {
  arena = await Arena.start()
})
afterAll(async () => await arena.stop())

async function search({ seed, path }: Saved, runs: number): Promise<fc.RunDetails<[Step[]]>> {
  const property = fc.asyncProperty(sequence(LENGTH), async (steps) => {
    const { differences } = await play(arena, { title: 'generated', steps })
    if (differences.length > 0) throw new Error(differences.join('\n'))
  })
  return await fc.check(property, { seed, numRuns: runs, ...(path !== undefined && { path }) })
}

/** The found sequence, as one would type it. */
function report({ counterexample, errorInstance }: fc.RunDetails<[Step[]]>): string {
  const [steps = []] = counterexample ?? []
  return [...steps.map(formatStep), '', (errorInstance as Error | null)?.message ?? ''].join('\n')
}

describe('generated command lines', () => {
  it.each(SAVED)('seed $seed', async (saved) => {
    const details = await search(saved, SAVED_RUNS)
    expect(details.failed ? report(details) : '').toBe('')
  })

  it('a new seed', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const details = await search({ seed }, NEW_RUNS)
    if (details.failed) {
      const found: Saved = { seed, path: details.counterexamplePath ?? '' }
      writeFileSync(
        FILE,
        `[\n${[...SAVED, found].map((saved) => `  ${JSON.stringify(saved)}`).join(',\n')}\n]\n`,
      )
    }
    expect(details.failed ? report(details) : '').toBe('')
  })
})
