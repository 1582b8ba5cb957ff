// The shared scenarios on a real kernel: they hold there, and show the same as on the fake one.

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { SCENARIOS } from '../scenarios/index.ts'
import { bundle } from '../support/bundle.ts'
import { performOnFake } from '../support/fake-scenario.ts'
import { Guest, INSTALLED_KERNEL, type Worker } from '../support/guest.ts'

let guest: Guest
let worker: Worker

beforeAll(async () => {
  guest = await Guest.start({ kernel: INSTALLED_KERNEL })
  const namespace = await guest.namespace()
  worker = await namespace.worker([process.execPath, await bundle('scenarios/worker.ts', 'scenarios.mjs')])
})

afterAll(async () => {
  await guest?.stop()
})

it.each(SCENARIOS)('$name', async (scenario) => {
  const seen = (await worker.request(scenario.name)) as { result?: unknown; error?: string }
  expect(seen.error).toBeUndefined()
  expect(seen.result).toEqual(await performOnFake(scenario))
})
