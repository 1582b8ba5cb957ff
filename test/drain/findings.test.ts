// Reasons why a server does not drain, and the fixes.
import { describe, expect, it } from '@jest/globals'
import type { HoldingClient } from '../../lib/drain/clients.ts'
import type { DrainSettings } from '../../lib/drain/drain-settings.ts'
import { firstFindings, holdFindings } from '../../lib/drain/findings.ts'
import type { RemainingConnections } from '../../lib/drain/wait.ts'
import type { Address } from '../../lib/model/address.ts'
import type { DestinationId } from '../../lib/model/destination.ts'
import { SVC_F } from '../../lib/model/flags.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import type { Service, ServiceId } from '../../lib/model/service.ts'
import { NO_STATS } from '../../lib/model/stats.ts'

const SERVER: DestinationId = { family: 'inet', address: '198.51.100.1' as Address, port: 80 }
const KERNEL_DEFAULTS: DrainSettings = {
  expireNodestConn: false,
  connReuseMode: 1,
  expireQuiescentTemplate: false,
  udpTimeout: 300,
}
const by = (protocol: 'tcp' | 'udp' | 'sctp'): ServiceId => ({
  family: 'inet',
  protocol,
  address: '192.0.2.1' as Address,
  port: 80,
})
const FWMARK: ServiceId = { family: 'inet', fwmark: 5 }

function service(id: ServiceId, scheduler = 'rr', flags = 0): Service {
  return {
    id,
    config: { scheduler, flags, timeout: 0, netmask: hostNetmask('inet'), engine: '' },
    observed: { stats: NO_STATS },
  }
}

const holder = (protocol: string, state = 'UDP', port: number | undefined = 44117): HoldingClient => ({
  protocol,
  address: '203.0.113.10' as Address,
  port,
  state,
  expires: 299,
})

const first = (id: ServiceId, settings: Partial<DrainSettings>, scheduler?: string, flags?: number) =>
  firstFindings(
    { service: service(id, scheduler, flags), settings: { ...KERNEL_DEFAULTS, ...settings } },
    SERVER,
    false,
  )

const holds = (
  id: ServiceId,
  left: Partial<RemainingConnections>,
  clients: HoldingClient[],
  settings: Partial<DrainSettings> = {},
) =>
  holdFindings(
    { service: service(id), settings: { ...KERNEL_DEFAULTS, ...settings } },
    { active: 0, inactive: 0, persistent: 0, ...left },
    clients,
  )

const ids = (findings: readonly { id: string }[]) => findings.map(({ id }) => id)

describe('firstFindings', () => {
  it('are none with the kernel’s defaults', () => {
    for (const id of [by('tcp'), by('udp'), by('sctp'), FWMARK]) expect(first(id, {}, 'wlc')).toEqual([])
  })

  it.each([
    ['sh', 0, '-t 192.0.2.1:80 --keep -b sh-fallback'],
    ['sh', SVC_F.SCHED2, '-t 192.0.2.1:80 --keep -b sh-fallback,sh-port'],
    ['mh', 0, '-t 192.0.2.1:80 --keep -b mh-fallback'],
    ['dh', 0, '-t 192.0.2.1:80 --keep -s wlc'],
  ])('warn that %s without fallback refuses clients (flags %d)', (scheduler, flags, words) => {
    expect(first(by('tcp'), {}, scheduler, flags)).toMatchObject([
      { id: 'clients-refused', fixes: [`ipvsadm -E ${words}`] },
    ])
  })

  it.each(['sh', 'mh'])('are none for %s with fallback', (scheduler) => {
    expect(first(by('tcp'), {}, scheduler, SVC_F.SCHED1 | SVC_F.SCHED2)).toEqual([])
  })

  it.each<[string, ServiceId, Partial<DrainSettings>, string[]]>([
    ['TCP', by('tcp'), { connReuseMode: 0 }, ['port-reuse']],
    ['SCTP', by('sctp'), { connReuseMode: 0 }, ['port-reuse']],
    ['a firewall mark', FWMARK, { connReuseMode: 0 }, ['port-reuse']],
    ['UDP, which has no connections', by('udp'), { connReuseMode: 0 }, []],
    ['TCP with expire_nodest_conn', by('tcp'), { connReuseMode: 0, expireNodestConn: true }, []],
  ])('with conn_reuse_mode = 0 and %s', (_what, id, settings, expected) => {
    expect(ids(first(id, settings))).toEqual(expected)
  })
})

describe('holdFindings', () => {
  it.each<[string, ServiceId, Partial<RemainingConnections>, HoldingClient[], string[]]>([
    ['nothing', by('udp'), {}, [], []],
    ['UDP clients', by('udp'), { inactive: 1 }, [holder('udp')], ['udp-clients']],
    ['UDP clients of a firewall mark', FWMARK, { inactive: 1 }, [holder('udp')], ['udp-clients']],
    ['TCP clients of a firewall mark', FWMARK, { inactive: 1 }, [holder('tcp', 'FIN_WAIT')], []],
    ['an open connection', by('tcp'), { active: 1 }, [holder('tcp', 'ESTABLISHED')], ['established']],
    ['a closing connection', by('tcp'), { inactive: 1 }, [holder('tcp', 'FIN_WAIT')], []],
    [
      'a template',
      by('tcp'),
      { persistent: 1 },
      [holder('tcp', 'ASSURED', undefined)],
      ['persistent-templates'],
    ],
    [
      'a template of UDP',
      by('udp'),
      { persistent: 1 },
      [holder('udp', 'ASSURED', undefined)],
      ['persistent-templates'],
    ],
  ])('say why %s is left', (_what, id, left, clients, expected) => {
    expect(ids(holds(id, left, clients))).toEqual(expected)
  })

  it('have a fix for UDP clients', () => {
    const [finding] = holds(by('udp'), { inactive: 1 }, [holder('udp')], { udpTimeout: 30 })
    expect(finding).toEqual({
      id: 'udp-clients',
      problem: 'each packet of a UDP client that keeps its port renews its entry for 30 s',
      fixes: [
        '--end-after SECONDS deletes the server then (first: sysctl -w net.ipv4.vs.expire_nodest_conn=1)',
        'ipvsadm -E -u 192.0.2.1:80 --keep -o schedules each packet',
        'ipvsadm --set 0 0 N makes entries last N seconds',
      ],
    })
    const [other] = holds(by('udp'), { inactive: 1 }, [holder('udp')], { expireNodestConn: true })
    expect(other!.fixes[0]).toBe('--end-after SECONDS deletes the server then')
  })

  it('ignore templates without effect', () => {
    expect(holds(by('tcp'), { persistent: 1 }, [], { expireQuiescentTemplate: true })).toEqual([])
  })
})
