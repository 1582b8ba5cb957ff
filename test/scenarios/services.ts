// Virtual services: every identity and every setting, editing, deleting.
import assert from 'node:assert/strict'
import type { Netmask } from '../../lib/model/netmask.ts'
import { serviceKey } from '../../lib/model/service.ts'
import { addServer, addService, at, edit, make, mark, type Scenario, server, table } from './scenario.ts'

const web = at('192.0.2.1', 80)
const IDENTITIES = [
  web,
  at('192.0.2.1', 80, 'udp'),
  at('192.0.2.1', 80, 'sctp'),
  at('192.0.2.1', 81),
  at('0.0.0.0', 80),
  at('255.255.255.255', 65535),
  at('224.0.0.1', 80),
  at('2001:db8::1', 80),
  at('::ffff:192.0.2.1', 80, 'udp'),
  at('::', 443, 'sctp'),
  at('ff02::1', 80),
  mark(1),
  mark(1, 'inet6'),
  mark(4294967295),
  mark(2147483648, 'inet6'),
]
const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh']

export const SERVICES: readonly Scenario[] = [
  {
    name: 'services: every sort of identity is its own, and found by it',
    async run(client, second) {
      await make(client, ...IDENTITIES.map((id) => addService(id)))
      const found = await client.services()
      assert.deepEqual(found.map(({ id }) => serviceKey(id)).sort(), IDENTITIES.map(serviceKey).sort())
      for (const id of IDENTITIES) assert.deepEqual((await second.service(id)).id, id)
      return await table(client)
    },
  },
  {
    name: 'services: every scheduler',
    async run(client) {
      for (const [i, scheduler] of SCHEDULERS.entries()) {
        await make(client, addService(mark(i + 1), { scheduler }))
        assert.equal((await client.service(mark(i + 1))).config.scheduler, scheduler)
      }
      return (await client.services()).length
    },
  },
  {
    name: 'services: flags, persistence, netmasks, an engine',
    async run(client) {
      for (const [i, flags] of [0x01, 0x04, 0x08, 0x10, 0x20, 0x38, 0x3d].entries()) {
        await make(client, addService(mark(i + 1), { flags, timeout: 300, scheduler: 'sh' }))
        assert.equal((await client.service(mark(i + 1))).config.flags, flags)
      }
      for (const netmask of ['0.0.0.0', '255.255.0.0', '255.0.255.0', '0.0.0.64'] as Netmask[]) {
        await make(client, edit(addService(mark(1), { flags: 1, timeout: 1, netmask })))
        assert.equal((await client.service(mark(1))).config.netmask, netmask)
      }
      await make(client, addService(mark(1, 'inet6'), { flags: 1, timeout: 360, netmask: '1' as Netmask }))
      await make(
        client,
        addService(at('2001:db8::1', 0), { flags: 1, timeout: 360, netmask: '128' as Netmask }),
      )
      await make(client, addService(at('192.0.2.9', 5060, 'udp'), { flags: 1, timeout: 60, engine: 'sip' }))
      return await table(client)
    },
  },
  {
    name: 'services: the longest persistence that can be asked for, and beyond',
    async run(client) {
      const seen: number[] = []
      for (const [i, timeout] of [1, 2678400, 42949672, 42949673, 4294967295].entries()) {
        await make(client, addService(mark(i + 1), { flags: 1, timeout }))
        seen.push((await client.service(mark(i + 1))).config.timeout)
      }
      return seen
    },
  },
  {
    name: 'services: editing sets every setting, and keeps the servers',
    async run(client) {
      await make(
        client,
        addService(web, { scheduler: 'sh', flags: 0x19, timeout: 100, netmask: '255.255.0.0' as Netmask }),
      )
      await make(client, addServer(web, server('198.51.100.1', 8080)))
      await make(client, edit(addService(web, { scheduler: 'wlc' })))
      const { config } = await client.service(web)
      assert.deepEqual(config, {
        scheduler: 'wlc',
        flags: 0,
        timeout: 0,
        netmask: '255.255.255.255',
        engine: '',
      })
      assert.equal((await client.destinations(web)).length, 1)
    },
  },
  {
    name: 'services: the engine goes when it is not asked for any more',
    async run(client) {
      const sip = at('192.0.2.1', 5060, 'udp')
      await make(client, addService(sip, { flags: 1, timeout: 60, engine: 'sip' }))
      await make(client, edit(addService(sip, { flags: 1, timeout: 60 })))
      return (await client.service(sip)).config.engine
    },
  },
  {
    name: 'services: deleting one deletes its servers and nothing else',
    async run(client, second) {
      const other = at('192.0.2.1', 80, 'udp')
      await make(client, addService(web), addService(other))
      await make(
        client,
        addServer(web, server('198.51.100.1', 80)),
        addServer(other, server('198.51.100.1', 80)),
      )
      await make(second, { kind: 'delete-service', service: web })
      assert.equal((await client.services()).length, 1)
      await make(client, addService(web))
      assert.deepEqual(await client.destinations(web), [])
      assert.equal((await client.destinations(other)).length, 1)
    },
  },
  {
    name: 'services: a flush leaves nothing, and is no error on nothing',
    async run(client, second) {
      await make(client, { kind: 'flush' })
      await make(client, ...IDENTITIES.map((id) => addService(id)))
      await make(second, { kind: 'flush' })
      assert.deepEqual(await client.table(), [])
    },
  },
  {
    name: 'services: 300 of them, in one call',
    async run(client, second) {
      const marks = Array.from({ length: 300 }, (_, i) => mark(i + 1))
      await make(client, ...marks.map((id) => addService(id)))
      const seen = await second.services({ stats: false })
      assert.deepEqual(seen.map(({ id }) => serviceKey(id)).sort(), marks.map(serviceKey).sort())
      await make(client, ...marks.slice(1).map((service) => ({ kind: 'delete-service', service }) as const))
      return await table(second)
    },
  },
]
