// Command lines that the reference accepts, and their meaning: listings and others without a service or server.
import type { Command } from '../../lib/grammar/command.ts'
import type { Address } from '../../lib/model/address.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import type { Words } from './parse-cases.ts'

const web: ServiceId = { family: 'inet', protocol: 'tcp', address: '1.1.1.1' as Address, port: 80 }
const table = (more: object = {}): Command => ({
  kind: 'list-table',
  service: undefined,
  view: 'route',
  numeric: false,
  exact: false,
  sort: true,
  ...more,
})
const daemon = (more: object): Command => ({
  kind: 'start-daemon',
  daemon: { state: 'master', interface: '', syncId: 0, ...more },
})

// biome-ignore format: a table
export const ACCEPTED_OTHERS: readonly (readonly [Words, Command])[] = [
  // listing
  ['-L', table()],
  ['-l', table()],
  ['--list', table()],
  ['-Ln', table({ numeric: true })],
  ['-ln', table({ numeric: true })],
  ['-L -n --sort', table({ numeric: true })],
  ['-L --nosort --sort', table({ sort: false })],
  ['-L --exact', table({ exact: true })],
  ['-L -t 1.1.1.1:80', table({ service: web })],
  ['-L -t 1.1.1.1', table({ service: { ...web, port: 0 } })],
  ['-L -n -f 2 -6', table({ service: { family: 'inet6', fwmark: 2 }, numeric: true })],
  ['-L --syncid 1', table()],
  ['-L -n --stats --rate', table({ view: 'stats', numeric: true })],
  ['-L --rate --thresholds', table({ view: 'rate' })],
  ['-L --thresholds --persistent-conn', table({ view: 'thresholds' })],
  ['-L --thresholds --stats', table({ view: 'stats' })],
  ['-L --tun-info --thresholds', table({ view: 'thresholds' })],
  ['-L --tun-info --persistent-conn', table({ view: 'persistent-conn' })],
  ['-L --tun-info', table({ view: 'tun-info' })],
  ['-Lnc', { kind: 'list-connections', numeric: true, persistentConn: false }],
  ['-L -n -c --persistent-conn', { kind: 'list-connections', numeric: true, persistentConn: true }],
  ['-L -c --exact --nosort --tun-info', { kind: 'list-connections', numeric: false, persistentConn: false }],
  ['-L -n -c -t 1.1.1.1:80', { kind: 'list-connections', service: web, numeric: true, persistentConn: false }],
  ['-L -c -f 3 -6', { kind: 'list-connections', service: { family: 'inet6', fwmark: 3 }, numeric: false, persistentConn: false }],
  ['-L --resolve-timeout 0.5', table({ resolveTimeout: 0.5 })],
  ['-S --resolve-timeout 0', { kind: 'save', numeric: false, resolveTimeout: 0 }],
  ['-L --timeout', { kind: 'list-timeouts' }],
  ['-L -n --timeout --exact --tun-info', { kind: 'list-timeouts' }],
  ['-L --daemon', { kind: 'list-daemons' }],
  ['-L -n --daemon --nosort', { kind: 'list-daemons' }],
  // the rest
  ['-Z', { kind: 'zero' }],
  ['--zero -t 1.1.1.1:80', { kind: 'zero', service: web }],
  ['-S', { kind: 'save', numeric: false }],
  ['-Sn', { kind: 'save', numeric: true }],
  ['-R', { kind: 'restore' }],
  ['-h', { kind: 'help' }],
  ['-h -Q', { kind: 'help' }],
  ['--version', { kind: 'version' }],
  ['--set 1 2 3', { kind: 'set', timeouts: { tcp: 1, tcpFin: 2, udp: 3 } }],
  ['--set 0 0 0', { kind: 'set', timeouts: { tcp: 0, tcpFin: 0, udp: 0 } }],
  ['--set 1 -- 2 3', { kind: 'set', timeouts: { tcp: 1, tcpFin: 2, udp: 3 } }],
  ['--set -- 1 2 3', { kind: 'set', timeouts: { tcp: 1, tcpFin: 2, udp: 3 } }],
  [['--set', '+1', ' 2', '03'], { kind: 'set', timeouts: { tcp: 1, tcpFin: 2, udp: 3 } }],
  ['--set 2678400 5 0', { kind: 'set', timeouts: { tcp: 2678400, tcpFin: 5, udp: 0 } }],
  ['--start-daemon master', daemon({})],
  ['--start-daemon=master --mcast-interface=lo', daemon({ interface: 'lo' })],
  ['--start-daemon backup --mcast-interface lo --syncid 255', daemon({ state: 'backup', interface: 'lo', syncId: 255 })],
  ['--start-daemon master --sync-maxlen 65507', daemon({ maxLength: 65507 })],
  ['--start-daemon master --mcast-group 224.0.0.99 --mcast-port 999 --mcast-ttl 9',
    daemon({ group: '224.0.0.99', port: 999, ttl: 9 })],
  ['--start-daemon backup --mcast-group ff02::5 --mcast-port 1 --mcast-ttl 255 --syncid 1 --sync-maxlen 200',
    daemon({ state: 'backup', group: 'ff02::5', port: 1, ttl: 255, syncId: 1, maxLength: 200 })],
  ['--start-daemon master --mcast-group 239.255.255.255', daemon({ group: '239.255.255.255' })],
  ['--stop-daemon master', { kind: 'stop-daemon', state: 'master' }],
  ['--stop-daemon=backup', { kind: 'stop-daemon', state: 'backup' }],
  ['--stop-daemon master --syncid 5', { kind: 'stop-daemon', state: 'master' }],
]
