// The compact table of a rule file, beside maps of objects.
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../../lib/model/defaults.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { NONE, WantedTable } from '../../lib/rules/wanted-table.ts'

interface Entry<C> {
  readonly config: C
  readonly line: number
}
interface ModelService extends Entry<object> {
  readonly servers: Map<string, Entry<object>>
}

const serviceConfig = (n: number) => ({
  ...SERVICE_DEFAULTS,
  scheduler: `s${n % 3}`,
  netmask: hostNetmask('inet'),
})
const serverConfig = (n: number) => ({ ...DESTINATION_DEFAULTS, weight: n % 5 })

const deed = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'edit', 'delete', 'delete-service', 'clear'),
  service: fc.nat({ max: 3 }),
  // More than a service may have without an index.
  server: fc.nat({ max: 40 }),
  value: fc.nat({ max: 9 }),
})

it('has the same entries in the same order', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 300 }), (deeds) => {
      const table = new WantedTable()
      const model = new Map<string, ModelService>()
      deeds.forEach(({ kind, service: s, server: d, value }, line) => {
        const key = `tcp 192.0.2.${s} 80`
        const server = `198.51.100.${d} 80`
        if (kind === 'clear') {
          if (value > 0) return
          table.clear()
          model.clear()
          return
        }
        if (kind === 'delete-service') {
          table.delete(key)
          model.delete(key)
          return
        }
        let service = table.find(key)
        if (service === NONE) {
          const config = serviceConfig(value)
          table.add(key, config, line)
          model.set(key, { config, line, servers: new Map() })
          service = table.find(key)
        }
        const { servers } = model.get(key)!
        const found = table.findServer(service, server)
        expect(found !== NONE).toBe(servers.has(server))
        const config = serverConfig(value)
        if (kind === 'add' && found === NONE) {
          table.addServer(service, server, config, line)
          servers.set(server, { config, line })
        } else if (kind === 'edit' && found !== NONE) {
          table.servers.edit(found, config, line)
          servers.set(server, { config, line })
        } else if (kind === 'delete' && found !== NONE) {
          table.deleteServer(service, found)
          servers.delete(server)
        }
      })
      expect(table.size).toBe(model.size)
      expect([...table.keys()]).toEqual([...model.keys()])
      for (const [key, { config, line, servers }] of table) {
        const expected = model.get(key)!
        expect({ config, line, size: servers.size }).toEqual({
          config: expected.config,
          line: expected.line,
          size: expected.servers.size,
        })
        expect([...servers.keys()]).toEqual([...expected.servers.keys()])
        expect(Array.from(servers.values(), ({ config, line }) => ({ config, line }))).toEqual([
          ...expected.servers.values(),
        ])
        for (const server of servers.keys()) {
          expect(servers.config!(server)).toEqual(expected.servers.get(server)!.config)
        }
      }
    }),
  )
})

it('a set of its keys', () => {
  const table = new WantedTable()
  const keys = Array.from({ length: 20 }, (_, n) => `tcp 192.0.2.${n} 80`)
  for (const key of keys) table.add(key, serviceConfig(0), 1)
  const set = table.keySet()
  for (const key of keys.slice(3, 18)) set.add(key)
  expect(keys.filter((key) => set.has(key))).toEqual(keys.slice(3, 18))
  expect(set.has('tcp 192.0.2.99 80')).toBe(false)
})
