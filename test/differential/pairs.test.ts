// Every option by every command, every command by every command, and which of several errors is reported.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Arena } from './support/arena.ts'
import { commandPairs, optionPairs, precedence } from './support/pairs.ts'
import { play } from './support/play.ts'

let arena: Arena
beforeAll(async () => {
  arena = await Arena.start()
})
afterAll(async () => await arena.stop())

describe.each([
  ['options', optionPairs()],
  ['commands', commandPairs()],
  ['precedence', precedence()],
])('%s', (_, scenarios) => {
  it.each(scenarios)('$title', async (scenario) => {
    expect((await play(arena, scenario)).differences).toEqual([])
  })
})
