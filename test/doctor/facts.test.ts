// Facts that the doctor gathers: rights, configured sync daemons, counted connections.

import { describe, expect, it } from '@jest/globals'
import { connectionKey, countConnections } from '../../lib/doctor/facts/connections.ts'
import { missingRight } from '../../lib/doctor/facts/rights.ts'
import { configuredDaemons } from '../../lib/doctor/facts/service-settings.ts'
import { parseAddress } from '../../lib/model/address.ts'
import type { System } from '../../lib/system/system.ts'

const files = (texts: Readonly<Record<string, string>>) => (path: string) => texts[path]

describe('missingRight', () => {
  const status = (effective: string) => `Name:\tnode\nCapEff:\t${effective}\nCapBnd:\t${effective}\n`
  const INITIAL = '         0          0 4294967295\n'

  it.each([
    ['a user', false, INITIAL, '0000000000000000', 'user'],
    ['root', true, INITIAL, '000001ffffffffff', undefined],
    ['root without CAP_NET_ADMIN', true, INITIAL, '000001ffffffefff', 'capability'],
    ['root of a user namespace', true, '         0       1000          1\n', '000001ffffffffff', 'namespace'],
  ])('of %s', (_name, privileged, map, effective, expected) => {
    const file = files({ '/proc/self/uid_map': map, '/proc/self/status': status(effective) })
    expect(missingRight(privileged, file)).toBe(expected)
  })

  it('is unknown without /proc', () => {
    expect(missingRight(true, files({}))).toBeUndefined()
  })
})

describe('configuredDaemons', () => {
  const read = (text: string) => configuredDaemons(files({ '/etc/default/ipvsadm': text }))
  const path = '/etc/default/ipvsadm'

  it.each([
    ['DAEMON="master"\nIFACE="br0"\nSYNCID="7"\n', 'master', 'br0', 7],
    ["DAEMON='backup'\nIFACE='br0'\n", 'backup', 'br0', 0],
    ['DAEMON=backup\nIFACE=br0 # the wire\nSYNCID=255', 'backup', 'br0', 255],
    ['export DAEMON=master\n', 'master', 'eth0', 0],
    ['#DAEMON="backup"\nDAEMON="none"\nDAEMON="master"\n', 'master', 'eth0', 0],
  ])('reads %j', (text, state, name, syncId) => {
    expect(read(text)).toEqual([{ state, interface: name, syncId, path }])
  })

  it.each(['', 'DAEMON="none"\n', '# DAEMON="master"\n', 'DAEMON="masters"\n', 'XDAEMON="master"\n'])(
    'finds none in %j',
    (text) => {
      expect(read(text)).toEqual([])
    },
  )

  it('reads both as two daemons', () => {
    expect(read('DAEMON=both').map(({ state }) => state)).toEqual(['master', 'backup'])
  })

  it('prefers the file of Red Hat, like the unit', () => {
    const other = '/etc/sysconfig/ipvsadm-config'
    const daemons = configuredDaemons(
      files({ [path]: 'DAEMON=master\nSYNCID=7\n', [other]: 'DAEMON=backup\n' }),
    )
    expect(daemons).toEqual([{ state: 'backup', interface: 'eth0', syncId: 7, path: other }])
  })
})

describe('countConnections', () => {
  const count = (...lines: string[]) =>
    countConnections({
      readChunks: () => [Buffer.from(['Pro', ...lines, ''].join('\n'))],
    } as Partial<System> as System)
  const key = connectionKey('tcp', parseAddress('10.9.0.2')!, 80)

  it('counts unanswered connections, and those that are so for two seconds', () => {
    const { total, servers } = count(
      'TCP 0A090003 2711 C0000201 0050 0A090002 0050 ESTABLISHED     896',
      'TCP 0A090003 2712 C0000201 0050 0A090002 0050 SYN_RECV         58',
      'TCP 0A090003 2713 C0000201 0050 0A090002 0050 SYN_RECV         59',
    )
    expect(total).toBe(3)
    expect(servers.get(key)).toEqual({ total: 3, unanswered: 2, stale: 1 })
  })

  it('knows the only client of a service', () => {
    const service = connectionKey('tcp', parseAddress('192.0.2.1')!, 80)
    const one = ['TCP 0A090003 2711 C0000201 0050 0A090002 0050 ESTABLISHED 896']
    expect(count(...one, ...one).services.get(service)).toEqual({ total: 2, only: '10.9.0.3' })
    const other = 'TCP 0A090004 2711 C0000201 0050 0A090002 0050 ESTABLISHED 896'
    expect(count(...one, other).services.get(service)).toEqual({ total: 2, only: undefined })
  })

  it('leaves templates out', () => {
    const { total, servers } = count('TCP 0A090003 0000 C0000201 0050 0A090002 0050 NONE 896')
    expect(total).toBe(1)
    expect(servers.size).toBe(0)
  })

  it('finds none without a list', () => {
    const system = {
      readChunks() {
        throw new Error('ENOENT')
      },
    } as Partial<System> as System
    expect(countConnections(system).total).toBe(0)
  })
})
