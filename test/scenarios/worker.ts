// The scenarios on this machine's kernel: for each line with a name, a line with the observations.
// It changes the table: meant for a network namespace in the test kernel, never for a machine in use.
import { createInterface } from 'node:readline'
import { openClient } from '../../lib/ipvs/open-client.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { SCENARIOS } from './index.ts'
import { perform, reset } from './scenario.ts'

const [client, second] = [await openClient(nodeSystem), await openClient(nodeSystem)]
// Made last: lines that come before the loop reads them would be lost.
for await (const line of createInterface({ input: process.stdin })) {
  const scenario = SCENARIOS.find(({ name }) => name === JSON.parse(line))!
  try {
    await reset(client)
    console.log(JSON.stringify({ result: await perform(scenario, client, second) }))
  } catch (error) {
    console.log(JSON.stringify({ error: (error as Error).stack }))
  }
}
client.close()
second.close()
