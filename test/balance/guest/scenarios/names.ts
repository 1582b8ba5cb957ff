// Names of a name server of the ring's own, half of whose answers never come.
import { existsSync, writeFileSync } from 'node:fs'
import { Program } from '../command.ts'
import { type Ring, times } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

const scenario = (name: string, expected: string, run: Scenario['run']): Scenario => ({
  group: 'names',
  name,
  expected,
  run,
})

let served = false

/** The director asks this name server, as long as the kernel runs. The reference is spared waiting for it twice. */
async function nameServer(ring: Ring): Promise<void> {
  if (served) return
  served = true
  writeFileSync('/etc/nsswitch.conf', 'hosts: files dns\nservices: files\n')
  writeFileSync('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
  await ring.hosts.serve('director', 'dns', '127.0.0.1', 53)
}

/** A service with so many real servers, 10.9.0.0 and on. */
async function servers(ring: Ring, count: number): Promise<void> {
  const rules = times(count, (i) => `-a -t 192.0.2.1:80 -r 10.9.${i >> 8}.${i & 255}:80 -m`)
  const { status, errors } = await ring.attempt('-R', `-A -t 192.0.2.1:80 -s rr\n${rules.join('\n')}\n`)
  if (status !== 0) throw new Error(errors)
}

const named = (listing: string) =>
  listing.split('\n').filter((line) => /-> host-\d+\.test:http /.test(line)).length
const numbers = (listing: string) =>
  listing.split('\n').filter((line) => /-> 10\.9\.\d+\.\d+:http /.test(line)).length

const ALL = '1000 names, 1000 numbers'

/** Seconds to wait for names; more when this ring's own name server is slow on a busy machine. */
const PATIENCE = [2, 4, 8, 16, 32, 64, 128] as const

export const NAMES: readonly Scenario[] = [
  scenario('2000 addresses, half unanswered', ALL, async (ring) => {
    await nameServer(ring)
    await servers(ring, 2000)
    let seen = ''
    for (const seconds of PATIENCE) {
      const output = await ring.type(`-L --resolve-timeout ${seconds}`)
      seen = `${named(output)} names, ${numbers(output)} numbers`
      if (seen === ALL) break
    }
    for (const path of ['dist/standalone/ipvsadm', 'bin/ipvsadm'].filter((path) =>
      existsSync(`${ring.root}/${path}`),
    )) {
      const { output, milliseconds } = await new Program(`${ring.root}/${path}`, '-L').ended
      ring.note(
        `names of 2000 addresses, half unanswered, ${path}: ${named(output)} in ${(milliseconds / 1000).toFixed(1)} s with the start`,
      )
    }
    return seen
  }),

  scenario('--resolve-timeout', '2 names, 2 numbers, after the time that was given', async (ring) => {
    await nameServer(ring)
    await servers(ring, 4)
    for (const seconds of [0.3, ...PATIENCE]) {
      const start = performance.now()
      const output = await ring.type(`-L --resolve-timeout ${seconds}`)
      const took = (performance.now() - start) / 1000
      if (named(output) < 2 && seconds < 100) continue
      const time = took > 0.9 * seconds ? 'after the time that was given' : `after ${took} s`
      return `${named(output)} names, ${numbers(output)} numbers, ${time}`
    }
    throw new Error('there is no time to wait for names')
  }),

  scenario('beside the reference', 'the same listing of 8 addresses', async (ring) => {
    await nameServer(ring)
    await servers(ring, 8)
    const reference = await new Program('/sbin/ipvsadm', '-L').ended
    const start = performance.now()
    const ours = await ring.type('-L')
    ring.note(
      `names of 8 addresses, half unanswered: the reference ${(reference.milliseconds / 1000).toFixed(1)} s, here ${((performance.now() - start) / 1000).toFixed(1)} s`,
    )
    return ours === reference.output ? 'the same listing of 8 addresses' : ours
  }),

  scenario('forward', 'host-300.test is 198.51.1.44, host-0.test 198.51.0.0', async (ring) => {
    await nameServer(ring)
    const { status, errors } = await ring.attempt(
      '-R',
      '-A -t 192.0.2.2:80\n-a -t 192.0.2.2:80 -r host-300.test -m\n-a -t 192.0.2.2:80 -r host-0.test -m\n',
    )
    if (status !== 0) return errors
    const rules = await ring.type('-S -n')
    const has = (address: string) => (rules.includes(` -r ${address}:80 `) ? address : rules)
    return `host-300.test is ${has('198.51.1.44')}, host-0.test ${has('198.51.0.0')}`
  }),
]
