// A share of commands through the real launchers, to prove that they are what runs in-process elsewhere.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Arena } from './support/arena.ts'
import { play } from './support/play.ts'
import { readScenarioFiles } from './support/scenario-file.ts'

const TIMEOUT = 300_000

let arena: Arena
beforeAll(async () => {
  arena = await Arena.start()
}, TIMEOUT)
afterAll(async () => await arena.stop())

it.each(readScenarioFiles('launchers').flatMap(({ scenarios }) => scenarios))(
  '$title',
  async (scenario) => {
    expect((await play(arena, scenario, { launchers: true })).differences).toEqual([])
  },
  TIMEOUT,
)
