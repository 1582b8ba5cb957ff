// The kernel's list of real servers, as text → destinations.
import { describe, expect, it } from '@jest/globals'
import { ServerList } from '../../lib/ipvs/server-list.ts'
import { DESTINATION_DEFAULTS } from '../../lib/model/defaults.ts'
import { NO_STATS } from '../../lib/model/stats.ts'

/** Of Linux 6.12. */
const LIST = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0000201:0050 wlc  
  -> C6336402:0050      Tunnel  1      7          12        
  -> C6336401:1F90      Masq    0      0          0         
UDP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0035 wlc ops persistent 300000 FFFFFFFF
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0035      Route   1      0          0         
SCTP  C0000203:0050 wlc  
FWM  00000001 wlc 
FWM  00000001 rr 
  -> 7F000001:0050      Local   1      0          0         
`

describe('ServerList', () => {
  it('has the servers of the services by address', () => {
    const lists = new ServerList().read(LIST)
    expect([...lists.keys()]).toEqual(['tcp 192.0.2.1 80', 'udp 2001:db8::1 53', 'sctp 192.0.2.3 80'])
    expect(lists.get('tcp 192.0.2.1 80')).toEqual([
      {
        id: { family: 'inet', address: '198.51.100.2', port: 80 },
        config: { ...DESTINATION_DEFAULTS, forwarding: 'tunnel', weight: 1 },
        observed: {
          activeConnections: 7,
          inactiveConnections: 12,
          persistentConnections: 0,
          stats: NO_STATS,
        },
      },
      {
        id: { family: 'inet', address: '198.51.100.1', port: 8080 },
        config: { ...DESTINATION_DEFAULTS, forwarding: 'masquerade', weight: 0 },
        observed: { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, stats: NO_STATS },
      },
    ])
    expect(lists.get('udp 2001:db8::1 53')).toMatchObject([
      { id: { family: 'inet6', address: '2001:db8::2', port: 53 }, config: { forwarding: 'route' } },
    ])
    expect(lists.get('sctp 192.0.2.3 80')).toEqual([])
  })

  it('reads again only the services that have changed', () => {
    const list = new ServerList()
    const before = list.read(LIST)
    const after = list.read(LIST.replace('7          12', '8          12'))
    expect(after.get('tcp 192.0.2.1 80')![0]!.observed.activeConnections).toBe(8)
    expect(after.get('udp 2001:db8::1 53')).toBe(before.get('udp 2001:db8::1 53'))
  })

  it('is empty without a table', () => {
    expect(new ServerList().read(LIST.split('\n').slice(0, 3).join('\n')).size).toBe(0)
    expect(new ServerList().read('').size).toBe(0)
  })
})
