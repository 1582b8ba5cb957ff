// Trial connections to real servers (lib/doctor/facts/probes.ts), over a machine that counts them.
import { expect, it } from '@jest/globals'
import { connectionKey } from '../../lib/doctor/facts/connections.ts'
import { probeServers } from '../../lib/doctor/facts/probes.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../../lib/model/defaults.ts'
import { EMFILE } from '../../lib/model/errors.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import type { System } from '../../lib/system/system.ts'

const SERVERS = 300

const ip = (number: number) => `192.0.2.${number & 255}` as never
const table = [
  {
    service: { id: { family: 'inet', protocol: 'tcp', address: ip(1), port: 80 }, config: SERVICE_DEFAULTS },
    destinations: Array.from({ length: SERVERS }, (_, i) => ({
      id: { family: 'inet', address: ip(i), port: 1 + i },
      config: { ...DESTINATION_DEFAULTS, forwarding: 'masquerade' },
    })),
  },
] as unknown as VirtualService[]

/** A machine with so many descriptors; the most that were open. */
async function probe(descriptors: number) {
  let [open, most] = [0, 0]
  const system = {
    async connectTcp() {
      if (open >= descriptors) return EMFILE
      most = Math.max(most, ++open)
      await new Promise((resolve) => setTimeout(resolve, 1))
      open--
      return 0
    },
  } as unknown as System
  const probes = await probeServers(system, table, undefined, 1000)
  return { most, probes }
}

const reached = new Map(Array.from({ length: SERVERS }, (_, i) => [connectionKey('tcp', ip(i), 1 + i), 0]))

it.each([
  [10_000, 256],
  [256, 256],
  [20, 20],
  [1, 1],
])('tries all servers with %i descriptors, %i at a time', async (descriptors, most) => {
  expect(await probe(descriptors)).toEqual({ most, probes: reached })
})

it('tries none without descriptors', async () => {
  expect(await probe(0)).toEqual({ most: 0, probes: new Map() })
})
