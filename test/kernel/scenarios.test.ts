// The shared scenarios on a real kernel: they hold there, and show the same as on the fake one.

import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { build } from 'esbuild'
import { SCENARIOS } from '../scenarios/index.ts'
import { performOnFake } from '../support/fake-scenario.ts'
import { Guest, type Worker } from '../support/guest.ts'

jest.setTimeout(120_000)

const ROOT = join(__dirname, '..', '..')
/** Beside the packages that it needs. */
const BUNDLE = join(ROOT, 'node_modules/.cache/ipvsadm/scenarios.mjs')

let guest: Guest
let worker: Worker

beforeAll(async () => {
  await mkdir(dirname(BUNDLE), { recursive: true })
  await build({
    entryPoints: [join(ROOT, 'test/scenarios/worker.ts')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  guest = await Guest.start()
  const namespace = await guest.namespace()
  worker = await namespace.worker([process.execPath, BUNDLE])
})

afterAll(async () => {
  await guest?.stop()
})

it.each(SCENARIOS)('$name', async (scenario) => {
  const seen = (await worker.request(scenario.name)) as { result?: unknown; error?: string }
  expect(seen.error).toBeUndefined()
  expect(seen.result).toEqual(await performOnFake(scenario))
})
