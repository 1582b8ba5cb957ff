// Listings after real traffic: counters, active and inactive connections, persistent templates, UDP, SIP calls. The
// traffic stops first; values that the kernel still changes (rates, timers) are bracketed by two runs of the reference.

import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Worker } from '../support/guest.ts'
import { Arena } from './support/arena.ts'
import { compare } from './support/compare.ts'
import type { Outcome, Step } from './support/step.ts'

const VIRTUAL = '10.9.0.1'
const SERVERS = ['10.9.1.1', '10.9.1.2']
/** The number of times that the kernel may change a listing between two readings. */
const ATTEMPTS = 400

const LISTINGS = [
  '-Ln',
  '-L',
  '-Ln --stats',
  '-Ln --stats --exact',
  '-Ln --rate',
  '-Ln --rate --exact',
  '-Ln --persistent-conn',
  '-Ln --thresholds',
  `-Ln --stats -t ${VIRTUAL}:80`,
  '-Ln --nosort --stats',
  '-Lnc',
  '-Lc',
  '-Lnc --persistent-conn',
  '-Sn',
]

/** The tables: by how a service chooses and whether its clients stay. */
const TABLES = [
  { title: 'round robin, NAT', service: '-s rr', server: '-m' },
  { title: 'persistent, weighted', service: '-s wlc -p 300', server: '-m -w 3 -x 100 -y 5' },
  {
    title: 'persistent by network, hashed',
    service: '-s sh -p 120 -M 255.255.0.0 -b sh-port',
    server: '-m -w 2',
  },
]

let arena: Arena
let client: Worker

const COUNTED = /^TCP .* 12 {2,}\d+/m

const step = (line: string): Step => ({ program: 'ipvsadm', words: line.split(' ') })

async function each(lines: readonly string[]): Promise<void> {
  const outcomes = await arena.ours(lines.map(step))
  expect(outcomes).toEqual(lines.map(() => ({ status: 0, stdout: '', stderr: '' })))
}

/**
 * The reference's outcome and ours of one instant: the reference says the same before and after. Timers of connections
 * run on meanwhile; ours must be between the two, and is then set back to the first.
 */
async function together(one: Step): Promise<{ reference: Outcome; ours: Outcome }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [before] = await arena.reference([one], 'ours')
    const [ours] = await arena.ours([one])
    const [after] = await arena.reference([one], 'ours')
    const timers = [before!, ours!, after!].map(({ stdout }) => [...stdout.matchAll(TIMER)].map(seconds))
    const still = [before!, after!].map((outcome) =>
      JSON.stringify({ ...outcome, stdout: outcome.stdout.replaceAll(TIMER, '$1*') }),
    )
    if (still[0] !== still[1]) continue
    const [first, middle, last] = timers as [number[], number[], number[]]
    const between = first.every((timer, i) => timer >= (middle[i] ?? -1) && (middle[i] ?? -1) >= last[i]!)
    if (!between || first.length !== middle.length) return { reference: before!, ours: ours! }
    let row = 0
    const texts = [...before!.stdout.matchAll(TIMER)].map(([text]) => text)
    return {
      reference: before!,
      ours: { ...ours!, stdout: ours!.stdout.replaceAll(TIMER, () => texts[row++]!) },
    }
  }
  throw new Error(`the kernel goes on changing ${one.words.join(' ')}`)
}

/** A row of the connection listing, up to its timer: minutes and seconds. */
const TIMER = /^([A-Z]+ +)(\d{2,}):(\d{2})(?= )/gm

const seconds = ([, , minutes, rest]: RegExpExecArray) => 60 * Number(minutes) + Number(rest)

/** The kernel publishes its counters only in its next round of estimation, two seconds apart or more. */
async function counted(): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [stats] = await arena.ours([step('-Ln --stats')])
    if (COUNTED.test(stats!.stdout)) return true
    await setTimeout(500)
  }
  return false
}

beforeAll(async () => {
  arena = await Arena.start()
  const root = (line: string) => arena.prepareBoth({ program: 'ip', words: line.split(' ') })
  const { ours, reference } = arena.names
  await root(`-n ${ours} link add out type veth peer name in netns ${reference}`)
  await root(`-n ${ours} addr add ${VIRTUAL}/32 dev lo`)
  await root(`-n ${ours} addr add 10.9.1.254/24 dev out`)
  await root(`-n ${ours} link set out up`)
  for (const server of SERVERS) await root(`-n ${reference} addr add ${server}/24 dev in`)
  await root(`-n ${reference} link set in up`)
  await root(`-n ${reference} route add ${VIRTUAL} via 10.9.1.254`)
  const traffic = ['perl', join(__dirname, 'support/traffic.pl')]
  client = await arena.worker('ours', traffic)
  const servers = await arena.worker('reference', traffic)
  expect(await servers.request(`serve ${SERVERS.join(' ')}`)).toBe(1)
})
afterAll(async () => await arena.stop())

describe('after traffic', () => {
  it.each(TABLES)('$title', async ({ service, server }) => {
    await each([
      '-C',
      ...[`-t ${VIRTUAL}:80`, `-u ${VIRTUAL}:53`].flatMap((id) => [
        `-A ${id} ${service}`,
        ...SERVERS.map((address) => `-a ${id} -r ${address} ${server}`),
      ]),
      `-A -u ${VIRTUAL}:5060 -s rr -p 60 --pe sip`,
      ...SERVERS.map((address) => `-a -u ${VIRTUAL}:5060 -r ${address} -m`),
    ])
    expect(await client.request(`tcp ${VIRTUAL} 80 12 5`)).toBe(12)
    expect(await client.request(`udp ${VIRTUAL} 53 6`)).toBe(6)
    expect(await client.request(`sip ${VIRTUAL} 40`)).toBe(1)
    expect(await counted()).toBe(true)
    for (const line of LISTINGS) {
      const { reference, ours } = await together(step(line))
      expect(reference.status).toBe(0)
      expect(compare(step(line), reference, ours)).toEqual({
        allowed: line === '-Sn' ? expect.anything() : [],
        difference: undefined,
      })
    }
  })

  it('connection-lines: a call with a long name is printed whole', async () => {
    await each([
      '-C',
      `-A -u ${VIRTUAL}:5060 -s rr -p 60 --pe sip`,
      `-a -u ${VIRTUAL}:5060 -r ${SERVERS[0]} -m`,
    ])
    expect(await client.request(`sip ${VIRTUAL} 200`)).toBe(1)
    const line = step('-Lnc --persistent-conn')
    const { reference, ours } = await together(line)
    expect(compare(line, reference, ours)).toEqual({ allowed: ['connection-lines'], difference: undefined })
    expect(ours.stdout).toMatch(/ sip +c{200}$/m)
  })
})
