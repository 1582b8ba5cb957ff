// The documents for administrators, played: their lines are typed on machines in the test kernel, and must print what the
// documents show. test/support/walkthrough.ts describes such documents.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { launcherOf } from '../support/launchers.ts'
import { installMachines, Machines } from '../support/machines.ts'
import { masked, readMachines, readSteps } from '../support/walkthrough.ts'

const ROOT = join(__dirname, '..', '..')
const text = (document: string) => readFileSync(join(ROOT, document), 'utf8')

/** Documents, and where the machines of each are drawn. */
const DOCUMENTS = [
  ['README.md', 'docs/nat.md'],
  ['docs/nat.md', 'docs/nat.md'],
  ['docs/dr.md', 'docs/dr.md'],
  ['docs/tun.md', 'docs/tun.md'],
  ['docs/agent.md', 'docs/nat.md'],
  ['docs/schedulers.md', 'docs/nat.md'],
  ['docs/exit-statuses.md', 'docs/nat.md'],
] as const

let guest: Guest

beforeAll(async () => {
  guest = await Guest.start()
  await installMachines(guest)
})

afterAll(async () => {
  await guest?.stop()
})

/** The agent is on Node alone. */
const CASES = DOCUMENTS.map(([document, picture], i) => [document, launcherOf(i), picture] as const)

describe.each(CASES)('%s (%s)', (document, launcher, picture) => {
  let machines: Machines

  beforeAll(async () => {
    machines = await Machines.build(guest, readMachines(text(picture)), launcher)
  })

  afterAll(async () => {
    await machines?.remove()
  })

  // Each step depends on those before it, so all after the first failure fail.
  let broken = false
  const steps = readSteps(text(document)).map(
    (step) => [`line ${step.line}: ${step.machine}# ${step.typed}`, step] as const,
  )
  it.each(steps)('%s', async (_, step) => {
    if (broken) throw new Error('a step before this one has failed')
    broken = true
    const { output, status } = await machines.type(step)
    expect({ output: step.output === undefined ? undefined : masked(output), status }).toEqual({
      output: step.output === undefined ? undefined : masked(step.output),
      status: step.status,
    })
    broken = false
  })
})
