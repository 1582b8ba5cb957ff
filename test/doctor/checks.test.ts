// The doctor's checks: each fault is found with its fix, and a sound director has none.
import { describe, expect, it } from '@jest/globals'
import { CHECKS, diagnose } from '../../lib/doctor/checks.ts'
import { FINDING_TEXTS } from '../../lib/help/texts.ts'
import { facts, found, healthy, nat, network, server, service } from './support/director.ts'
import { NETWORK_CASES } from './support/network-cases.ts'
import { SOUND_CASES } from './support/sound-cases.ts'
import { TABLE_CASES } from './support/table-cases.ts'

const ORDER = ['error', 'warning', 'note']

describe('diagnose', () => {
  it('finds nothing on a director that balances', () => {
    expect(found({ table: healthy })).toEqual([])
  })

  it.each([...NETWORK_CASES, ...TABLE_CASES])('finds %s', (_name, some, files, expected) => {
    expect(found(some, files)).toEqual([expected])
  })

  it.each(SOUND_CASES)('does not report %s', (_name, some, files) => {
    expect(found(some, files)).toEqual([])
  })

  it.each([
    ['-s twos', '-A -t 192.0.2.1:80 -s twos'],
    ['--scheduler twos', '-A -t 192.0.2.1:80 --scheduler twos'],
    ['--scheduler=twos', '-A -t 192.0.2.1:80 --scheduler=twos'],
    ['-stwos', '-A -t 192.0.2.1:80 -stwos'],
    ['-s=twos', '--add-service --tcp-service 192.0.2.1:80 -s=twos'],
  ])('finds the scheduler of %s', (_name, line) => {
    const files = {
      '/etc/sysconfig/ipvsadm': `${line}\n`,
      '/proc/sys/kernel/osrelease': '6.1.0\n',
      '/lib/modules/6.1.0/modules.dep': 'kernel/net/netfilter/ipvs/ip_vs_rr.ko:\n',
    }
    expect(found({}, files)).toEqual([expect.stringMatching(/^scheduler-missing: install /)])
  })

  it.each([
    ['EHOSTUNREACH', 'unreachable'],
    ['EACCES', 'prohibit'],
    ['EINVAL', 'blackhole'],
  ])('explains %s as a route of the type %s', (error, type) => {
    const [diagnosis] = diagnose(facts({ table: healthy, network: network('10.0.0.2', { error }) }))
    expect(diagnosis?.check.id).toBe('server-unreachable')
    expect(diagnosis?.finding.evidence).toContain(`a route of the type ${type}`)
  })

  it('names errors first, then warnings, then notes', () => {
    const table = [...nat('route'), service('192.0.2.1', [server('10.0.0.2', { weight: 0 })], 1)]
    const files = {
      '/proc/sys/net/ipv4/vs/expire_quiescent_template': '0\n',
      '/proc/sys/net/ipv4/vs/expire_nodest_conn': '0\n',
    }
    const severities = diagnose(facts({ table }, files)).map(({ check }) => check.severity)
    expect(new Set(severities).size).toBe(3)
    expect(severities).toEqual([...severities].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)))
  })

  it('has a fix for each finding that runs unchanged, or is marked as manual', () => {
    const [diagnosis] = diagnose(facts({ table: [service('192.0.2.1', [])] }))
    expect(diagnosis?.finding).toMatchObject({ fix: 'ipvsadm -a -t 192.0.2.1:80 -r SERVER', manual: true })
  })
})

describe('CHECKS', () => {
  it('names each check once', () => {
    const ids = CHECKS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has a text for `ipvsadm help doctor ID` on each check, and on no other', () => {
    expect([...FINDING_TEXTS.keys()].sort()).toEqual(CHECKS.map(({ id }) => id).sort())
  })
})
