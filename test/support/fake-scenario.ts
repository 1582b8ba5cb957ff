// A scenario on a fake kernel of its own.
import { IpvsClient } from '../../lib/ipvs/client.ts'
import { perform, type Scenario } from '../scenarios/scenario.ts'
import { FakeKernel } from './fake-kernel/fake-kernel.ts'

/** Performs it; returns the observations as JSON carries them. */
export async function performOnFake(scenario: Scenario): Promise<unknown> {
  const kernel = new FakeKernel()
  const open = () => IpvsClient.open({ transport: kernel.connect(), answerTimeout: 600_000 })
  return JSON.parse(JSON.stringify(await perform(scenario, await open(), await open())))
}
