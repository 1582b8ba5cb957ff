// The program in the test kernel, on the director: scenarios by their numbers, a line each in, a row of JSON each out.
import { createInterface } from 'node:readline'

import { servePeer } from './command.ts'
import { Hosts } from './hosts.ts'
import { buildNetwork, startServers } from './network.ts'
import { KernelLacks, Ring } from './ring.ts'
import type { Row, Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios/index.ts'

async function attempt(scenario: Scenario, ring: Ring): Promise<Row> {
  const { group, name, expected } = scenario
  const start = performance.now()
  const row = (seen: string, verdict: Row['verdict']): Row => {
    const seconds = (performance.now() - start) / 1000
    return { group, name, expected, seen, verdict, seconds, notes: ring.notes }
  }
  try {
    const seen = await scenario.run(ring)
    return row(seen, seen === expected ? 'green' : 'red')
  } catch (error) {
    if (error instanceof KernelLacks && scenario.optional) return row(error.message, 'kernel')
    return row(`${error}`, 'red')
  } finally {
    await ring.reset()
  }
}

/** Makes the network, then runs the scenarios whose numbers it reads, a line each. */
async function serve(root: string): Promise<void> {
  const hosts = new Hosts(`${root}/test/balance/guest/agent.pl`)
  await buildNetwork(hosts)
  await startServers(hosts)
  const ring = new Ring(hosts, root)
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await attempt(SCENARIOS[Number(line)]!, ring))}\n`)
  }
  hosts.close()
}

const [, , word] = process.argv
const work = word === '--peer' ? servePeer() : serve(word!)
work.then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${(error as Error).stack}\n`)
    process.exit(1)
  },
)
