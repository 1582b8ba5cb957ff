// Traffic goes on while the table is restored: requests through the director, with ours and with the reference.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Balancer, SERVERS, startBalancer, VIP } from './guest/balancer.ts'
import { REFERENCE } from './guest/index.ts'
import type { Load } from './guest/worker.ts'

const REQUESTS = 2000
const RESTORES = 20
/** Between two restores, in milliseconds. */
const PAUSE = 250

let balancer: Balancer

beforeAll(async () => {
  balancer = await startBalancer()
})
afterAll(async () => {
  await balancer?.guest.stop()
})

/** Files that keep the service, and change other services and the servers behind it. */
const file = (n: number) =>
  [
    `-A -t ${VIP}:80 -s ${n % 2 === 0 ? 'rr' : 'wlc'}`,
    `-a -t ${VIP}:80 -r ${SERVERS[0]} -m -w ${1 + (n % 5)}`,
    ...(n % 4 === 3 ? [] : [`-a -t ${VIP}:80 -r ${SERVERS[1]} -m -w ${1 + (n % 3)}`]),
    ...Array.from({ length: 20 }, (_, i) => `-A -t ${VIP}:${1000 + ((i + n) % 40)} -s rr`),
    '',
  ].join('\n')

/** Requests that run while the table is restored again and again. */
async function measure(restore: (file: string) => Promise<{ status: number }>): Promise<Load> {
  await restore(file(0))
  await balancer.client.ask({ op: 'load', host: VIP, requests: REQUESTS })
  for (let n = 1; n <= RESTORES; n++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
    expect((await restore(file(n))).status).toBe(0)
  }
  return await balancer.client.ask<Load>({ op: 'unload' })
}

it(`no request of ${REQUESTS} fails while ours restores ${RESTORES} times; how many fail with the reference`, async () => {
  const ours = await measure((text) => balancer.restorer.restore(text))
  const theirs = await measure((text) => balancer.director.run([`${REFERENCE}-restore`], { stdin: text }))
  const count = ({ requests, failures }: Load) => `${failures.length} of ${requests}`
  process.stderr.write(
    `requests that failed in ${RESTORES} restores: ours ${count(ours)}, the reference ${count(theirs)}\n`,
  )
  expect(ours.failures).toEqual([])
  expect(ours.requests).toBeGreaterThanOrEqual(REQUESTS)
  expect(Object.keys(ours.answers).sort()).toEqual(SERVERS)
  expect(theirs.requests).toBeGreaterThanOrEqual(REQUESTS)
})
