// Real servers: forwarding methods, tunnels, weights, thresholds, both families.
import assert from 'node:assert/strict'
import type { DestinationConfiguration } from '../../lib/model/destination.ts'
import { addServer, addService, at, edit, make, mark, type Scenario, server, table } from './scenario.ts'

const web = at('192.0.2.1', 80)
const web6 = at('2001:db8::1', 80)

const TUNNELS: readonly Partial<DestinationConfiguration>[] = [
  { tunnelType: 'ipip' },
  { tunnelType: 'gue', tunnelPort: 6080, tunnelFlags: 0 },
  { tunnelType: 'gue', tunnelPort: 1, tunnelFlags: 1 },
  { tunnelType: 'gue', tunnelPort: 65535, tunnelFlags: 2 },
  { tunnelType: 'gre', tunnelFlags: 0 },
  { tunnelType: 'gre', tunnelFlags: 1 },
]

export const DESTINATIONS: readonly Scenario[] = [
  {
    name: 'servers: every forwarding method and every tunnel, in both families',
    async run(client) {
      await make(client, addService(web), addService(web6))
      for (const [service, prefix] of [
        [web, '198.51.100.'],
        [web6, '2001:db8:1::'],
      ] as const) {
        await make(client, addServer(service, server(`${prefix}1`, 8080)))
        await make(client, addServer(service, server(`${prefix}2`, 80), { forwarding: 'route' }))
        for (const [i, tunnel] of TUNNELS.entries()) {
          const config = { forwarding: 'tunnel', ...tunnel } as const
          await make(client, addServer(service, server(`${prefix}${i + 3}`, 80), config))
        }
      }
      return await table(client)
    },
  },
  {
    name: 'servers: tunnels to the other family',
    async run(client) {
      const tunnel = { forwarding: 'tunnel' } as const
      await make(client, addService(web), addService(web6), addService(mark(7)), addService(mark(7, 'inet6')))
      await make(
        client,
        addServer(web, server('2001:db8::9', 80), tunnel),
        addServer(web6, server('198.51.100.9', 80), tunnel),
        addServer(mark(7), server('2001:db8::9', 0), tunnel),
        addServer(mark(7, 'inet6'), server('198.51.100.9', 0), {
          ...tunnel,
          tunnelType: 'gue',
          tunnelPort: 5555,
        }),
        addServer(mark(7), server('198.51.100.9', 0), tunnel),
      )
      const families = (await client.destinations(web)).map(({ id }) => id.family)
      assert.deepEqual(families, ['inet6'])
      return await table(client)
    },
  },
  {
    name: 'servers: weights and thresholds to their ends',
    async run(client) {
      await make(client, addService(web))
      const settings: readonly Partial<DestinationConfiguration>[] = [
        { weight: 0 },
        { weight: 2147483647 },
        { upperThreshold: 1 },
        { upperThreshold: 2147483647, lowerThreshold: 2147483647 },
        { upperThreshold: 10, lowerThreshold: 5 },
      ]
      await make(
        client,
        ...settings.map((config, i) => addServer(web, server(`198.51.100.${i}`, 80), config)),
      )
      return await table(client)
    },
  },
  {
    name: 'servers: an address and a port are one server',
    async run(client) {
      await make(client, addService(web), addService(mark(1)))
      for (const port of [0, 80, 81, 65535])
        await make(
          client,
          addServer(web, server('198.51.100.1', port)),
          addServer(mark(1), server('198.51.100.1', port)),
        )
      await make(client, { kind: 'delete-server', service: web, server: server('198.51.100.1', 81) })
      const ports = (await client.destinations(web)).map(({ id }) => id.port)
      assert.deepEqual(ports.sort(), [0, 65535, 80])
    },
  },
  {
    name: 'servers: editing sets every setting',
    async run(client, second) {
      const real = server('198.51.100.1', 80)
      const config = { weight: 7, upperThreshold: 20, lowerThreshold: 10 }
      await make(client, addService(web))
      await make(
        client,
        addServer(web, real, {
          ...config,
          forwarding: 'tunnel',
          tunnelType: 'gue',
          tunnelPort: 6080,
          tunnelFlags: 1,
        }),
      )
      await make(second, edit(addServer(web, real, { forwarding: 'route', weight: 0 })))
      const [only] = await client.destinations(web)
      assert.deepEqual(only!.config, {
        forwarding: 'route',
        weight: 0,
        upperThreshold: 0,
        lowerThreshold: 0,
        tunnelType: 'ipip',
        tunnelPort: 0,
        tunnelFlags: 0,
      })
    },
  },
  {
    name: 'servers: one that was deleted can be added again',
    async run(client) {
      const real = server('198.51.100.1', 80)
      await make(client, addService(web), addServer(web, real, { weight: 5 }))
      await make(
        client,
        { kind: 'delete-server', service: web, server: real },
        addServer(web, real, { weight: 6 }),
      )
      assert.equal((await client.destinations(web))[0]!.config.weight, 6)
    },
  },
  {
    name: 'servers: addresses of this machine and of everywhere',
    async run(client) {
      await make(client, addService(web), addService(web6))
      const here = [
        '127.0.0.1',
        '10.0.0.1',
        '0.0.0.1',
        '169.254.1.1',
        '192.0.2.255',
        '240.0.0.1',
        '127.255.255.255',
      ]
      const there = ['::1', 'fe80::1', '2001:db8::ffff', '::ffff:192.0.2.1', '::', 'ff02::1']
      const changes = [
        ...here.map((address) => addServer(web, server(address, 80))),
        ...there.map((address) => addServer(web6, server(address, 80))),
      ]
      const failures = await client.applyAll(changes)
      return changes.map((_, i) => failures[i]?.code ?? 'made')
    },
  },
  {
    name: 'servers: of a service that is not there are none',
    async run(client) {
      assert.deepEqual(await client.destinations(web), [])
      assert.deepEqual(await client.destinations(mark(9)), [])
    },
  },
  {
    name: 'servers: 500 of one service, read in pieces',
    async run(client, second) {
      const changes = Array.from({ length: 500 }, (_, i) =>
        addServer(web, server(`10.0.${i >> 8}.${i & 255}`, 80), { weight: i }),
      )
      await make(client, addService(web), ...changes)
      const weights = (await second.destinations(web)).map(({ config }) => config.weight)
      assert.deepEqual(
        weights.sort((a, b) => a - b),
        Array.from({ length: 500 }, (_, i) => i),
      )
      await make(client, { kind: 'flush' })
    },
  },
  {
    name: 'servers: nothing has happened to them yet',
    async run(client) {
      await make(client, addService(web), addServer(web, server('198.51.100.1', 80)))
      const [{ service, destinations } = assert.fail()] = await client.table()
      const { stats, ...connections } = destinations[0]!.observed
      assert.deepEqual(connections, {
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
      })
      for (const count of [...Object.values(stats), ...Object.values(service.observed.stats)])
        assert.equal(count, 0n)
    },
  },
]
