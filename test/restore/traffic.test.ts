// Traffic goes on while the table is restored: requests through the director, with ours and with the reference.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Guest, Namespace } from '../support/guest.ts'
import { Ours, REFERENCE, startGuest } from './guest/index.ts'
import type { Load } from './guest/worker.ts'

const REQUESTS = 2000
const RESTORES = 20
/** Between two restores, in milliseconds. */
const PAUSE = 250

/** The balancer of the demo: a client, a director with the virtual address, two web servers behind NAT. */
const VIP = '192.0.2.1'
const SERVERS = ['10.0.0.2', '10.0.0.3']

let guest: Guest
let director: Namespace
let restorer: Ours
let client: Ours

beforeAll(async () => {
  guest = await startGuest()
  director = await guest.namespace()
  const [outside, inside] = [await guest.namespace(), await guest.namespace()]
  const script = [
    `ip link add eth0 netns ${director.name} type veth peer name eth0 netns ${outside.name}`,
    `ip link add eth1 netns ${director.name} type veth peer name eth0 netns ${inside.name}`,
    `ip -n ${outside.name} addr add 192.0.2.9/24 dev eth0`,
    `ip -n ${outside.name} link set eth0 up`,
    `ip -n ${director.name} addr add ${VIP}/24 dev eth0`,
    `ip -n ${director.name} addr add 10.0.0.1/24 dev eth1`,
    `ip -n ${director.name} link set eth0 up`,
    `ip -n ${director.name} link set eth1 up`,
    ...SERVERS.map((host) => `ip -n ${inside.name} addr add ${host}/24 dev eth0`),
    `ip -n ${inside.name} link set eth0 up`,
    `ip -n ${inside.name} route add default via 10.0.0.1`,
  ]
  const { status, stderr } = await guest.run(['/bin/sh', '-ec', script.join('\n')])
  expect({ status, stderr: `${stderr}` }).toEqual({ status: 0, stderr: '' })
  await director.run(['/bin/sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
  const web = await Ours.start(inside)
  await web.ask({ op: 'serve', hosts: SERVERS })
  client = await Ours.start(outside)
  restorer = await Ours.start(director)
})
afterAll(async () => {
  await guest?.stop()
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
  await client.ask({ op: 'load', host: VIP, requests: REQUESTS })
  for (let n = 1; n <= RESTORES; n++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
    expect((await restore(file(n))).status).toBe(0)
  }
  return await client.ask<Load>({ op: 'unload' })
}

it(`no request of ${REQUESTS} fails while ours restores ${RESTORES} times; how many fail with the reference`, async () => {
  const ours = await measure((text) => restorer.restore(text))
  const theirs = await measure((text) => director.run([`${REFERENCE}-restore`], { stdin: text }))
  const count = ({ requests, failures }: Load) => `${failures.length} of ${requests}`
  process.stderr.write(
    `requests that failed in ${RESTORES} restores: ours ${count(ours)}, the reference ${count(theirs)}\n`,
  )
  expect(ours.failures).toEqual([])
  expect(ours.requests).toBeGreaterThanOrEqual(REQUESTS)
  expect(Object.keys(ours.answers).sort()).toEqual(SERVERS)
  expect(theirs.requests).toBeGreaterThanOrEqual(REQUESTS)
})
