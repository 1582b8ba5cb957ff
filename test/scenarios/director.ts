// Settings of the whole director: timeouts, daemons, counters, the module's data.
import assert from 'node:assert/strict'
import type { Address } from '../../lib/model/address.ts'
import { addServer, addService, at, make, mark, type Scenario, server } from './scenario.ts'

const web = at('192.0.2.1', 80)

export const DIRECTOR: readonly Scenario[] = [
  {
    name: 'timeouts: 0 keeps one as it is',
    async run(client, second) {
      await make(client, { kind: 'set', timeouts: { tcp: 7200, tcpFin: 0, udp: 15 } })
      assert.deepEqual(await second.timeouts(), { tcp: 7200, tcpFin: 120, udp: 15 })
      await make(second, { kind: 'set', timeouts: { tcp: 0, tcpFin: 1, udp: 0 } })
      assert.deepEqual(await client.timeouts(), { tcp: 7200, tcpFin: 1, udp: 15 })
      await make(client, { kind: 'set', timeouts: { tcp: 0, tcpFin: 0, udp: 0 } })
      return await client.timeouts()
    },
  },
  {
    name: 'timeouts: the longest that can be asked for in words',
    async run(client) {
      await make(client, { kind: 'set', timeouts: { tcp: 2678400, tcpFin: 2678400, udp: 2678400 } })
      return await client.timeouts()
    },
  },
  {
    name: 'daemons: none',
    async run(client) {
      assert.deepEqual(await client.daemons(), [])
    },
  },
  {
    name: 'daemons: a master with the kernel’s choices, and its end',
    async run(client, second) {
      await make(client, { kind: 'start-daemon', daemon: { state: 'master', interface: 'lo', syncId: 5 } })
      const daemons = await second.daemons()
      assert.equal(daemons.length, 1)
      await make(second, { kind: 'stop-daemon', state: 'master' })
      assert.deepEqual(await client.daemons(), [])
      return daemons
    },
  },
  {
    name: 'daemons: both, with all settings',
    async run(client) {
      const master = {
        state: 'master',
        interface: 'lo',
        syncId: 255,
        maxLength: 1200,
        port: 8849,
        ttl: 3,
      } as const
      const backup = {
        state: 'backup',
        interface: 'lo',
        syncId: 0,
        maxLength: 1,
        port: 65535,
        ttl: 255,
      } as const
      await make(client, { kind: 'start-daemon', daemon: { ...master, group: '224.0.0.99' as Address } })
      await make(client, { kind: 'start-daemon', daemon: { ...backup, group: 'ff02::51' as Address } })
      const daemons = await client.daemons()
      assert.deepEqual(daemons.map(({ state }) => state).sort(), ['backup', 'master'])
      return [...daemons].sort((a, b) => (a.state < b.state ? -1 : 1))
    },
  },
  {
    name: 'daemons: starting and stopping within other changes',
    async run(client) {
      await make(
        client,
        addService(web),
        { kind: 'start-daemon', daemon: { state: 'backup', interface: 'lo', syncId: 1 } },
        addServer(web, server('198.51.100.1', 80)),
        { kind: 'stop-daemon', state: 'backup' },
        addServer(web, server('198.51.100.2', 80)),
        { kind: 'start-daemon', daemon: { state: 'master', interface: 'lo', syncId: 1 } },
        { kind: 'stop-daemon', state: 'master' },
      )
      return (await client.destinations(web)).length
    },
  },
  {
    name: 'counters: all, and those of one service',
    async run(client) {
      await make(client, { kind: 'zero' })
      await make(client, addService(web), addService(mark(1)), addServer(web, server('198.51.100.1', 80)))
      await make(client, { kind: 'zero' }, { kind: 'zero', service: web }, { kind: 'zero', service: mark(1) })
    },
  },
  {
    name: 'info: as when the client was opened',
    async run(client, second) {
      assert.deepEqual(client.info, second.info)
      // The size is the kernel's own choice.
      return { version: client.info.version }
    },
  },
]
