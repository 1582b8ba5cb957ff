// A share of commands through the real launchers, to prove that they are what runs in-process elsewhere.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LAUNCHER_NAMES } from '../support/launchers.ts'
import { Arena } from './support/arena.ts'
import { play } from './support/play.ts'
import { readScenarioFiles } from './support/scenario-file.ts'

let arena: Arena
beforeAll(async () => {
  arena = await Arena.start()
})
afterAll(async () => await arena.stop())

describe.each(LAUNCHER_NAMES)('%s', (launcher) => {
  it.each(readScenarioFiles('launchers').flatMap(({ scenarios }) => scenarios))(
    '$title',
    async (scenario) => {
      expect((await play(arena, scenario, { launcher })).differences).toEqual([])
    },
  )
})
