// The written scenarios: the answers of both programs, and the tables that they leave.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Arena } from './support/arena.ts'
import { play } from './support/play.ts'
import { readScenarioFiles } from './support/scenario-file.ts'

let arena: Arena
beforeAll(async () => {
  arena = await Arena.start()
})
afterAll(async () => await arena.stop())

describe.each(readScenarioFiles('scenarios'))('$theme', ({ scenarios }) => {
  it.each(scenarios)('$title', async (scenario) => {
    const { differences, compared } = await play(arena, scenario)
    expect(differences).toEqual([])
    expect(compared).toBeGreaterThan(0)
  })
})
