// A test of the suite: it must find a difference with any one of these faults built in, and none without.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Arena } from './support/arena.ts'
import { bundleWorker } from './support/bundle.ts'
import { breakWith, FAULTS } from './support/faults.ts'
import { play, type Result } from './support/play.ts'
import { readScenarioFiles } from './support/scenario-file.ts'

/** Short, because each fault runs all of it. */
const [{ scenarios: [SCENARIO] = [] } = {}] = readScenarioFiles('trial')

let arena: Arena
let sound: Result
let bundle: string
beforeAll(async () => {
  bundle = await bundleWorker()
  arena = await Arena.start()
  sound = await play(arena, SCENARIO!)
})
afterAll(async () => await arena.stop())

describe('the trial', () => {
  it('finds nothing in the program as it is', () => {
    expect(sound.differences).toEqual([])
    expect(sound.allowed.size).toBe(0)
  })

  it('has ten faults and more', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(10)
  })

  it.each(FAULTS)('finds $name', async (fault) => {
    await arena.replaceOurs(breakWith(bundle, fault), ['ours'])
    const { differences } = await play(arena, SCENARIO!, { known: sound.reference })
    expect(differences.length).toBeGreaterThan(0)
  })
})
