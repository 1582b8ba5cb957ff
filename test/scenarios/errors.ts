// Every refusal of the kernel, by its errno; and that a refused change changes nothing.
import assert from 'node:assert/strict'
import type { Address } from '../../lib/model/address.ts'
import type { Change } from '../../lib/model/change.ts'
import type { KernelError } from '../../lib/model/errors.ts'
import type { Netmask } from '../../lib/model/netmask.ts'
import {
  addServer,
  addService,
  at,
  edit,
  make,
  mark,
  refused,
  type Scenario,
  server,
  table,
} from './scenario.ts'

const web = at('192.0.2.1', 80)
const absent = at('192.0.2.99', 80)
const real = server('198.51.100.1', 80)
const stranger = server('198.51.100.99', 80)
const lo = { interface: 'lo', syncId: 0 } as const
const start = (state: 'master' | 'backup', more: object = {}): Change => ({
  kind: 'start-daemon',
  daemon: { state, ...lo, ...more },
})

/** On a table with one service and one server of it. */
const REFUSALS: readonly (readonly [string, Change, code: string])[] = [
  ['a service twice', addService(web), 'EEXIST'],
  ['a service twice, with other settings', addService(web, { scheduler: 'wlc' }), 'EEXIST'],
  ['a scheduler that is not there', addService(absent, { scheduler: 'nosuch' }), 'ENOENT'],
  ['a scheduler that this kernel does not have', addService(absent, { scheduler: 'twos' }), 'ENOENT'],
  ['an engine that is not there', addService(absent, { engine: 'nosuch' }), 'ENOENT'],
  ['an IPv6 netmask of nothing', addService(mark(1, 'inet6'), { netmask: '0' as Netmask }), 'EINVAL'],
  ['an IPv6 netmask that is too long', addService(mark(1, 'inet6'), { netmask: '129' as Netmask }), 'EINVAL'],
  ['editing a service that is not there', edit(addService(absent)), 'ESRCH'],
  ['editing one to a scheduler that is not there', edit(addService(web, { scheduler: 'nosuch' })), 'ENOENT'],
  ['deleting a service that is not there', { kind: 'delete-service', service: absent }, 'ESRCH'],
  ['deleting a fwmark of the other family', { kind: 'delete-service', service: mark(7, 'inet6') }, 'ESRCH'],
  ['zeroing a service that is not there', { kind: 'zero', service: absent }, 'ESRCH'],
  ['a server twice', addServer(web, real), 'EEXIST'],
  ['a server of no service', addServer(absent, real), 'ESRCH'],
  ['a multicast server', addServer(web, server('224.0.0.1', 80)), 'EINVAL'],
  ['a broadcast server', addServer(web, server('255.255.255.255', 80)), 'EINVAL'],
  ['a server at no address', addServer(web, server('0.0.0.0', 80)), 'EINVAL'],
  [
    'a lower threshold above the upper',
    addServer(web, stranger, { upperThreshold: 5, lowerThreshold: 6 }),
    'ERANGE',
  ],
  ['a lower threshold alone', addServer(web, stranger, { lowerThreshold: 1 }), 'ERANGE'],
  ['a negative weight', addServer(web, stranger, { weight: -1 }), 'ERANGE'],
  [
    'a gue tunnel without a port',
    addServer(web, stranger, { forwarding: 'tunnel', tunnelType: 'gue' }),
    'EINVAL',
  ],
  ['another family by NAT', addServer(web, server('2001:db8::1', 80)), 'EINVAL'],
  ['another family by routing', addServer(web, server('2001:db8::1', 80), { forwarding: 'route' }), 'EINVAL'],
  ['editing a server that is not there', edit(addServer(web, stranger)), 'ENOENT'],
  ['editing a server at another port', edit(addServer(web, server('198.51.100.1', 81))), 'ENOENT'],
  ['editing a server of no service', edit(addServer(absent, real)), 'ESRCH'],
  ['editing thresholds the wrong way round', edit(addServer(web, real, { lowerThreshold: 1 })), 'ERANGE'],
  [
    'deleting a server that is not there',
    { kind: 'delete-server', service: web, server: stranger },
    'ENOENT',
  ],
  ['deleting a server of no service', { kind: 'delete-server', service: absent, server: real }, 'ESRCH'],
  ['a daemon on no interface', start('master', { interface: '' }), 'ENODEV'],
  ['a daemon on an interface that is not there', start('backup', { interface: 'nosuch0' }), 'ENODEV'],
  ['a daemon with a group that is none', start('master', { group: '192.0.2.1' as Address }), 'EINVAL'],
  ['a daemon with an IPv6 group that is none', start('master', { group: 'fe80::1' as Address }), 'EINVAL'],
  ['stopping a master that does not run', { kind: 'stop-daemon', state: 'master' }, 'ESRCH'],
  ['stopping a backup that does not run', { kind: 'stop-daemon', state: 'backup' }, 'ESRCH'],
  ['a timeout that is too long', { kind: 'set', timeouts: { tcp: 21474837, tcpFin: 0, udp: 0 } }, 'EINVAL'],
  ['a negative timeout', { kind: 'set', timeouts: { tcp: 5, tcpFin: 0, udp: -1 } }, 'EINVAL'],
]

const single = REFUSALS.map(
  ([what, change, code]): Scenario => ({
    name: `refused: ${what}`,
    async run(client) {
      await make(client, addService(web), addServer(web, real))
      const before = await table(client)
      await refused(client, change, code)
      assert.deepEqual(await table(client), before)
    },
  }),
)

const notThere = (code: string) => (error: KernelError) => {
  assert.deepEqual([error.name, error.code, error.errno], ['KernelError', code, 3])
  return true
}

export const ERRORS: readonly Scenario[] = [
  ...single,
  {
    name: 'refused: reading a service that is not there',
    async run(client) {
      await assert.rejects(client.service(absent), notThere('ESRCH'))
      await make(client, addService(mark(1)))
      await assert.rejects(client.service(mark(1, 'inet6')), notThere('ESRCH'))
    },
  },
  {
    name: 'refused: a daemon twice',
    async run(client) {
      await make(client, start('backup'))
      await refused(client, start('backup', { syncId: 9 }), 'EEXIST')
      return await client.daemons()
    },
  },
  {
    name: 'refused: daemons where servers are of both families, and such servers where daemons are',
    async run(client) {
      const tunnel = addServer(web, server('2001:db8::9', 80), { forwarding: 'tunnel' })
      await make(client, addService(web), tunnel)
      await refused(client, start('master'), 'EINVAL')
      await refused(client, start('backup'), 'EINVAL')
      await make(client, { kind: 'delete-server', service: web, server: server('2001:db8::9', 80) })
      await make(client, start('backup'))
      await refused(client, tunnel, 'EINVAL')
      await make(client, { kind: 'stop-daemon', state: 'backup' }, tunnel)
    },
  },
  {
    name: 'refused: some of many changes, each with its own error',
    async run(client) {
      const failures = await client.applyAll([
        addServer(web, real),
        addService(web),
        addService(web),
        addServer(web, real),
        addServer(web, real),
        edit(addServer(web, stranger)),
        { kind: 'stop-daemon', state: 'master' },
        start('master'),
        { kind: 'stop-daemon', state: 'master' },
        addService(mark(1), { scheduler: 'nosuch' }),
        { kind: 'delete-service', service: mark(1) },
        { kind: 'zero' },
      ])
      const codes = Array.from({ length: 12 }, (_, i) => failures[i]?.code ?? 'made')
      assert.deepEqual(codes, [
        'ESRCH',
        'made',
        'EEXIST',
        'made',
        'EEXIST',
        'ENOENT',
        'ESRCH',
        'made',
        'made',
        'ENOENT',
        'ESRCH',
        'made',
      ])
      return codes.map((_, i) => failures[i]?.request ?? null)
    },
  },
  {
    name: 'refused: all of 300 changes',
    async run(client) {
      const changes = Array.from({ length: 300 }, (_, i) => addServer(mark(i + 1), real))
      const failures = await client.applyAll(changes)
      assert.deepEqual(
        failures.map((error) => error?.code),
        changes.map(() => 'ESRCH'),
      )
    },
  },
]
