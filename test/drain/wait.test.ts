// Draining a real server, on the fake kernel and with the test's clock.

import { describe, expect, it } from '@jest/globals'
import {
  type DrainEnvironment,
  type DrainOptions,
  drain,
  type RemainingConnections,
} from '../../lib/drain/wait.ts'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import type { Address } from '../../lib/model/address.ts'
import type { DestinationId } from '../../lib/model/destination.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const VIP: ServiceId = { family: 'inet', protocol: 'tcp', address: '192.0.2.1' as Address, port: 80 }
const SERVER: DestinationId = { family: 'inet', address: '198.51.100.1' as Address, port: 8080 }
const NAME = '198.51.100.1:8080'
const OPTIONS: DrainOptions = {
  timeout: undefined,
  endAfter: undefined,
  deleteServer: false,
  restoreWeight: false,
}

async function director(): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  await run(kernel, '-A -t 192.0.2.1:80 -s wlc')
  await run(kernel, `-a -t 192.0.2.1:80 -r ${NAME} -m -w 7 -x 100 -y 50`)
  kernel.setCounters('tcp 192.0.2.1:80', { active: 2, inactive: 3, persistent: 1 }, NAME)
  return kernel
}

const serverOf = (kernel: FakeKernel) =>
  JSON.stringify(kernel.snapshot().services['tcp 192.0.2.1:80']?.destinations)

/** Time passes in `sleep` alone; `at` says what happens meanwhile, by the number of the sleep. */
async function drained(
  kernel: FakeKernel,
  options: Partial<DrainOptions> = {},
  at: Readonly<Record<number, () => unknown>> = {},
  id = SERVER,
) {
  let now = 0
  let sleeps = 0
  let interrupted = false
  const seen: RemainingConnections[] = []
  const around: DrainEnvironment & { interrupt(): void } = {
    now: () => now,
    async sleep(milliseconds) {
      now += milliseconds
      await at[++sleeps]?.call(around)
    },
    interrupted: () => interrupted,
    quiesced: async () => {},
    interrupt: () => {
      interrupted = true
    },
    async progress(_server, left) {
      seen.push(left)
    },
  }
  const client = await IpvsClient.open({ transport: kernel.connect() })
  const outcome = await drain(client, VIP, id, { ...OPTIONS, ...options }, around)
  return { ...outcome, seen }
}

const none = (kernel: FakeKernel) => () =>
  kernel.setCounters('tcp 192.0.2.1:80', { active: 0, inactive: 0, persistent: 0 }, NAME)

function interrupt(this: { interrupt(): void }): void {
  this.interrupt()
}

describe('drain', () => {
  it('sets the weight to 0, keeps other settings, and waits until no connections remain', async () => {
    const kernel = await director()
    const before = serverOf(kernel)
    const outcome = await drained(kernel, {}, { 3: none(kernel) })
    expect(outcome).toMatchObject({
      ending: 'drained',
      weight: { before: 7, after: 0 },
      elapsed: 1500,
      deleted: false,
    })
    expect(outcome.seen).toEqual([...Array(3).fill({ active: 2, inactive: 3, persistent: 1 }), outcome.left])
    expect(before).toContain('"weight":7')
    expect(serverOf(kernel)).toBe(before.replace('"weight":7', '"weight":0'))
  })

  it.each([['active'], ['inactive'], ['persistent']])('waits for those that are %s', async (kind) => {
    const kernel = await director()
    none(kernel)()
    kernel.setCounters('tcp 192.0.2.1:80', { [kind]: 1 }, NAME)
    const { ending, left } = await drained(kernel, { timeout: 1000 })
    expect([ending, left]).toEqual(['timed-out', { active: 0, inactive: 0, persistent: 0, [kind]: 1 }])
  })

  it('deletes the server then, and only then', async () => {
    const kernel = await director()
    expect(await drained(kernel, { deleteServer: true, timeout: 0 })).toMatchObject({
      ending: 'timed-out',
      deleted: false,
    })
    expect(serverOf(kernel)).toContain('"weight":0')
    expect(await drained(kernel, { deleteServer: true }, { 1: none(kernel) })).toMatchObject({
      ending: 'drained',
      weight: { before: 0, after: 0 },
      deleted: true,
    })
    expect(serverOf(kernel)).not.toContain(NAME)
  })

  it('stops at the timeout, and leaves the weight at 0', async () => {
    const kernel = await director()
    const outcome = await drained(kernel, { timeout: 1200, restoreWeight: true })
    expect(outcome).toMatchObject({ ending: 'timed-out', elapsed: 1200, weight: { before: 7, after: 0 } })
    expect(outcome.seen).toHaveLength(4)
    expect(serverOf(kernel)).toContain('"weight":0')
  })

  it('deletes the server with remaining connections at endAfter', async () => {
    const kernel = await director()
    const outcome = await drained(kernel, { endAfter: 700, timeout: 1000 })
    expect(outcome).toMatchObject({
      ending: 'ended',
      elapsed: 700,
      weight: { before: 7, after: 0 },
      left: { active: 2, inactive: 3, persistent: 1 },
      deleted: true,
    })
    expect(serverOf(kernel)).not.toContain(NAME)
  })

  it('never sleeps for longer than half a second, for any timeout', async () => {
    const kernel = await director()
    const forever = 31 * 24 * 60 * 60 * 1000
    const outcome = await drained(kernel, { endAfter: forever, timeout: forever }, { 3: none(kernel) })
    expect(outcome).toMatchObject({ ending: 'drained', elapsed: 1500 })
  })

  it('leaves the weight at 0 when interrupted', async () => {
    const kernel = await director()
    expect(await drained(kernel, {}, { 2: interrupt })).toMatchObject({
      ending: 'interrupted',
      elapsed: 1000,
    })
    expect(serverOf(kernel)).toContain('"weight":0')
  })

  it('restores the old weight when interrupted, with restoreWeight', async () => {
    const kernel = await director()
    const before = serverOf(kernel)
    const outcome = await drained(kernel, { restoreWeight: true }, { 1: interrupt })
    expect(outcome).toMatchObject({ ending: 'interrupted', weight: { before: 7, after: 7 } })
    expect(serverOf(kernel)).toBe(before)
  })

  it('has drained when the end and the signal come together', async () => {
    const kernel = await director()
    const both = function (this: { interrupt(): void }) {
      none(kernel)()
      this.interrupt()
    }
    expect((await drained(kernel, { restoreWeight: true }, { 1: both })).ending).toBe('drained')
  })

  it('ends when another program deletes the server, or gives it a weight', async () => {
    const kernel = await director()
    const edit = () => run(kernel, `-e -t 192.0.2.1:80 -r ${NAME} -m -w 5`)
    expect(await drained(kernel, { deleteServer: true }, { 1: edit })).toMatchObject({
      ending: 'revived',
      weight: { before: 7, after: 5 },
      deleted: false,
    })
    const remove = () => run(kernel, '-C')
    expect((await drained(kernel, { deleteServer: true }, { 1: remove })).ending).toBe('deleted')
  })

  it('finds a server of direct routing without its port', async () => {
    const kernel = await director()
    await run(kernel, '-a -t 192.0.2.1:80 -r 198.51.100.2 -g -w 3')
    const id = { ...SERVER, address: '198.51.100.2' as Address, port: 1234 }
    expect(await drained(kernel, {}, {}, id)).toMatchObject({ ending: 'drained', server: { port: 80 } })
  })

  it('refuses a server or a service that does not exist', async () => {
    const kernel = await director()
    const id = { ...SERVER, address: '198.51.100.9' as Address }
    await expect(drained(kernel, {}, {}, id)).rejects.toMatchObject({ code: 'ENOENT', request: 'SET_DEST' })
    await run(kernel, '-C')
    await expect(drained(kernel)).rejects.toMatchObject({ code: 'ESRCH', request: 'SET_DEST' })
  })
})
