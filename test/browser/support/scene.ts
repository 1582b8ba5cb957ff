// A small balancer at work, for tests of the page and for its pictures.
import type { ServerHealth } from '../../../lib/metrics/health.ts'
import type { Balancer } from '../../serve/support/balancer.ts'

const RULES = `-A -t 192.0.2.1:80 -s wlc -p 300
-a -t 192.0.2.1:80 -r 198.51.100.11:8080 -m -w 3 -x 60 -y 40
-a -t 192.0.2.1:80 -r 198.51.100.12:8080 -m -w 3
-A -t [2001:db8::1]:443 -s mh
-a -t [2001:db8::1]:443 -r [2001:db8::11]:443 -w 1
-A -u 192.0.2.53:53 -s rr
-a -u 192.0.2.53:53 -r 198.51.100.53:53 -i -w 1
-a -u 192.0.2.53:53 -r 198.51.100.54:53 -i -w 1
`

/** Fills the balancer. */
export async function prepareScreen(balancer: Balancer): Promise<void> {
  await balancer.rules(RULES)
  const { kernel } = balancer
  const busy = {
    conns: 120934n,
    inbytes: 88n * 10n ** 9n,
    outbytes: 12n * 10n ** 11n,
    cps: 37n,
    inbps: 81234n,
  }
  kernel.setCounters('tcp 192.0.2.1:80', { ...busy, outbps: 1812345n })
  kernel.setCounters('tcp 192.0.2.1:80', { ...busy, active: 42, inactive: 7 }, '198.51.100.11:8080')
  kernel.setCounters('udp 192.0.2.53:53', { conns: 4102934n, cps: 4n })
  kernel.setCounters('udp 192.0.2.53:53', { active: 3, cps: 4n }, '198.51.100.53:53')
  balancer.connections = `TCP 0A090003 2711 C0000201 0050 C633640B 1F90 ESTABLISHED     896
TCP 0A090004 2712 C0000201 0050 C633640B 1F90 FIN_WAIT        96
`
  const since = new Date(Date.now() - 3_600_000)
  const at = new Date(Date.now() - 2000)
  const health = (up: boolean, detail: string): ServerHealth => ({
    status: up ? 'up' : 'down',
    since,
    check: { at, up, seconds: 0.012, detail },
  })
  balancer.health = new Map([
    ['tcp 192.0.2.1 80 198.51.100.11 8080', health(true, 'HTTP 200')],
    ['tcp 192.0.2.1 80 198.51.100.12 8080', health(false, 'connection refused')],
    ['tcp 2001:db8::1 443 2001:db8::11 443', health(true, 'connected')],
  ])
}
