// The shared scenarios on the fake kernel; test/kernel/scenarios.test.ts holds a real one against it.

import { expect, it } from '@jest/globals'
import { SCENARIOS } from '../scenarios/index.ts'
import { performOnFake } from '../support/fake-scenario.ts'

it.each(SCENARIOS)('$name', async (scenario) => {
  expect(await performOnFake(scenario)).toMatchObject({ left: { timeouts: expect.anything() } })
})
