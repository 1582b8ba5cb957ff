// Command lines that the reference accepts, and their meaning, taken from the resulting tables. Services and servers.
import type { Command } from '../../lib/grammar/command.ts'
import type { Address } from '../../lib/model/address.ts'
import type { Change } from '../../lib/model/change.ts'
import type { DestinationConfiguration } from '../../lib/model/destination.ts'
import { hostNetmask, type Netmask } from '../../lib/model/netmask.ts'
import type { ServiceConfiguration, ServiceId } from '../../lib/model/service.ts'
import type { Words } from './parse-cases.ts'

const PERSISTENT = 1
const ONEPACKET = 4
const SCHED1 = 8
const SCHED2 = 16
const SCHED3 = 32

const familyOf = (address: string) => (address.includes(':') ? 'inet6' : 'inet')

const at = (address: string, port: number, protocol: 'tcp' | 'udp' | 'sctp' = 'tcp'): ServiceId => ({
  family: familyOf(address),
  protocol,
  address: address as Address,
  port,
})
const mark = (fwmark: number, family: 'inet' | 'inet6' = 'inet'): ServiceId => ({ family, fwmark })

type Settings = Partial<Omit<ServiceConfiguration, 'netmask'>> & { netmask?: string }

const add = (
  service: ServiceId,
  settings: Settings = {},
  kind: 'add-service' | 'edit-service' = 'add-service',
): Change => ({
  kind,
  service,
  config: {
    scheduler: 'wlc',
    flags: 0,
    timeout: 0,
    engine: '',
    ...settings,
    netmask: (settings.netmask ?? hostNetmask(service.family)) as Netmask,
  },
})

const server = (
  service: ServiceId,
  address: string,
  port: number,
  settings: Partial<DestinationConfiguration> = {},
  kind: 'add-server' | 'edit-server' = 'add-server',
): Change => ({
  kind,
  service,
  server: { family: familyOf(address), address: address as Address, port },
  config: {
    forwarding: 'route',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnelType: 'ipip',
    tunnelPort: 0,
    tunnelFlags: 0,
    ...settings,
  },
})

const web = at('1.1.1.1', 80)
const persistent = (timeout: number, netmask?: string): Settings => ({
  flags: PERSISTENT,
  timeout,
  ...(netmask !== undefined && { netmask }),
})
const flags = (scheduler: string, bits: number): Settings => ({ scheduler, flags: bits })
// biome-ignore format: a table
export const ACCEPTED_CHANGES: readonly (readonly [Words, Command])[] = [
  // addresses
  ['-A -t 1.1.1.1:80', add(web)],
  ['-At 1.1.1.1:80', add(web)],
  ['-At1.1.1.1:80', add(web)],
  ['-At=1.1.1.1:80', add(web)],
  ['-A -t=1.1.1.1:80', add(web)],
  ['--add-service --tcp-service=1.1.1.1:80', add(web)],
  ['-A --tcp-service 1.1.1.1:80', add(web)],
  ['-A -t 1.1.1.1:80 --', add(web)],
  ['-A -t 1.1.1.1:080', add(web)],
  ['-A -t 1.1.1.1:+80', add(web)],
  ['-A -t 1.1.1.1:http', add(web)],
  ['-A -t 1.1.1.1:www', add(web)],
  [['-A', '-t', '1.1.1.1: 106'], add(at('1.1.1.1', 106))],
  [['-A', '-t', '1.1.1.1 :108'], add(at('1.1.1.1', 108))],
  ['-A -t 1.1.1.1:65535', add(at('1.1.1.1', 65535))],
  ['-A -t 1.2.3:80', add(at('1.2.0.3', 80))],
  ['-A -t 0x01020304:81', add(at('1.2.3.4', 81))],
  ['-A -t 16909060:82', add(at('1.2.3.4', 82))],
  ['-A -t 01.1.1.1:107', add(at('1.1.1.1', 107))],
  ['-A -t 1.1.1.010:107', add(at('1.1.1.8', 107))],
  ['-A -t 1:107', add(at('0.0.0.1', 107))],
  ['-A -t 0:5', add(at('0.0.0.0', 5))],
  ['-A -t 0x7f.1:5', add(at('127.0.0.1', 5))],
  ['-A -t 4294967295:5', add(at('255.255.255.255', 5))],
  ['-A -t 1.16777215:5', add(at('1.255.255.255', 5))],
  ['-A -t 224.0.0.1:80', add(at('224.0.0.1', 80))],
  ['-A -t localhost:80', add(at('127.0.0.1', 80))],
  ['-A -t NAME.example:80', add(at('192.0.2.8', 80))],
  ['-A -u 1.2.3.4:domain', add(at('1.2.3.4', 53, 'udp'))],
  ['-A -u 1.2.3.4:syslog', add(at('1.2.3.4', 514, 'udp'))],
  ['-A --udp-service 1.2.3.4:5', add(at('1.2.3.4', 5, 'udp'))],
  ['-A --sctp-service 1.2.3.4:80', add(at('1.2.3.4', 80, 'sctp'))],
  ['-A -t [::1]:80', add(at('::1', 80))],
  ['-A -t [2001:DB8::A]:80', add(at('2001:db8::a', 80))],
  ['-A -t [2001:db8:0:0:1:0:0:1]:80', add(at('2001:db8::1:0:0:1', 80))],
  ['-A -t [1:0:0:0:0:0:0:0]:80', add(at('1::', 80))],
  ['-A -t [::ffff:1.2.3.4]:80', add(at('::ffff:1.2.3.4', 80))],
  ['-A -t [::1.2.3.4]:80', add(at('::1.2.3.4', 80))],
  ['-A -t [2001:db8::1]:http', add(at('2001:db8::1', 80))],
  ['-A -t [::]:80', add(at('::', 80))],
  // port zero, for persistent services
  ['-A -t 10.0.0.1:0 -p', add(at('10.0.0.1', 0), persistent(360))],
  ['-A -t 10.0.0.1 -p', add(at('10.0.0.1', 0), persistent(360))],
  ['-A -t 1.1.1.1:-0 -p', add(at('1.1.1.1', 0), persistent(360))],
  ['-A -t [1.1.1.1]:109 -p', add(at('1.1.1.1', 0), persistent(360))],
  ['-A -t [localhost]:99 -p', add(at('127.0.0.1', 0), persistent(360))],
  ['-A -t 2001:db8::77 -p 5', add(at('2001:db8::77', 0), persistent(5))],
  ['-A -t :: -p', add(at('::', 0), persistent(360))],
  // fwmarks
  ['-A -f 1', add(mark(1))],
  ['-A --fwmark-service 4294967295', add(mark(4294967295))],
  ['-A -f 010', add(mark(10))],
  ['-A -f +12', add(mark(12))],
  [['-A', '-f', ' 11'], add(mark(11))],
  ['-A -f 2 -6', add(mark(2, 'inet6'))],
  ['-A -f 9 -6 -6', add(mark(9, 'inet6'))],
  ['-A -f 3 -o', add(mark(3), { flags: ONEPACKET })],
  // schedulers
  ['-A -t 1.1.1.1:80 -s rr', add(web, { scheduler: 'rr' })],
  ['-A -t 1.1.1.1:80 -srr', add(web, { scheduler: 'rr' })],
  ['-A -t 1.1.1.1:80 -s=rr', add(web, { scheduler: 'rr' })],
  ['-A -t 1.1.1.1:80 -s -p', add(web, { scheduler: '-p' })],
  [['-A', '-t', '1.1.1.1:80', '-s', ''], add(web)],
  ['-A -t 1.1.1.1:80 --scheduler twos', add(web, { scheduler: 'twos' })],
  ['-A -t 1.1.1.1:80 --sort --sort', add(web)],
  // persistence, its netmask and its engine
  ['-A -t 1.1.1.1:80 -p10', add(web, persistent(10))],
  ['-A -t 1.1.1.1:80 -p=10', add(web, persistent(10))],
  ['-A -t 1.1.1.1:80 -p 010', add(web, persistent(10))],
  ['-A -t 1.1.1.1:80 -p +10', add(web, persistent(10))],
  [['-A', '-t', '1.1.1.1:80', '-p', ' 10'], add(web, persistent(10))],
  ['-A -t 1.1.1.1:80 --persistent=10', add(web, persistent(10))],
  ['-A -t 1.1.1.1:80 --persistent', add(web, persistent(360))],
  ['-A -p -t 1.1.1.1:80', add(web, persistent(360))],
  ['-A -p10 -t 1.1.1.1:80', add(web, persistent(10))],
  ['-A -t 1.1.1.1:80 -p 2678400', add(web, persistent(2678400))],
  ['-A -f 4 -p 300 -M 255.255.0.0', add(mark(4), persistent(300, '255.255.0.0'))],
  ['-A -f 6 -p 300 -M 64', add(mark(6), persistent(300, '0.0.0.64'))],
  ['-A -f 9 -p -M 255.0.255.0', add(mark(9), persistent(360, '255.0.255.0'))],
  ['-A -f 10 -p -M 0.0.0.0', add(mark(10), persistent(360, '0.0.0.0'))],
  ['-A -t 1.1.1.1:80 -p -M 255.255', add(web, persistent(360, '255.0.0.255'))],
  ['-A -t 1.1.1.1:80 -p -M 0xffffff00', add(web, persistent(360, '255.255.255.0'))],
  ['-A -t 1.1.1.1:80 -p -M localhost', add(web, persistent(360, '127.0.0.1'))],
  ['-A -M 64 -t 1.1.1.1:80 -p', add(web, persistent(360, '0.0.0.64'))],
  ['-A -f 8 -M 255.255.0.0', add(mark(8), { netmask: '255.255.0.0' })],
  ['-A -f 5 -6 -p 300 -M 64', add(mark(5, 'inet6'), persistent(300, '64'))],
  ['-A -t [::9]:81 -p -M 064', add(at('::9', 81), persistent(360, '64'))],
  // A netmask before an IPv6 address or -6 is read as IPv4 and forgotten.
  ['-A -M 64 -t [::9]:84 -p', add(at('::9', 84), persistent(360))],
  ['-A -M 255.255.0.0 -t [::9]:85 -p', add(at('::9', 85), persistent(360))],
  ['-A -f 99 -M 64 -6 -p', add(mark(99, 'inet6'), persistent(360))],
  ['-A -u 5.5.5.5:86 --pe sip -p', add(at('5.5.5.5', 86, 'udp'), { ...persistent(360), engine: 'sip' })],
  ['-A -t 1.1.1.1:80 --pe sip', add(web, { engine: 'sip' })],
  [['-A', '-t', '1.1.1.1:80', '--pe', ''], add(web)],
  ['-A -u 10.0.0.1:53 -o', add(at('10.0.0.1', 53, 'udp'), { flags: ONEPACKET })],
  ['-A -u 1.1.1.1:5 -o -p 50 -M 255.0.0.0 -b sh-port --pe sip -s sh', add(at('1.1.1.1', 5, 'udp'),
    { scheduler: 'sh', flags: PERSISTENT | ONEPACKET | SCHED2, timeout: 50, netmask: '255.0.0.0', engine: 'sip' })],
  // scheduler flags
  ['-A -t 1.1.1.1:80 -s sh -b sh-port', add(web, flags('sh', SCHED2))],
  ['-A -t 1.1.1.1:80 -b sh-port -s sh', add(web, flags('sh', SCHED2))],
  ['-A -t 1.1.1.1:80 -s sh -b flag-1', add(web, flags('sh', SCHED1))],
  ['-A -t 1.1.1.1:80 -s sh -b sh-port,,sh-fallback', add(web, flags('sh', SCHED1 | SCHED2))],
  ['-A -t 1.1.1.1:80 -s sh -b ,sh-port', add(web, flags('sh', SCHED2))],
  ['-A -t 1.1.1.1:80 -s sh -b sh-port,', add(web, flags('sh', SCHED2))],
  ['-A -t 1.1.1.1:80 -s mh -b mh-port,mh-fallback', add(web, flags('mh', SCHED1 | SCHED2))],
  ['-A -t 1.1.1.1:80 -s mh -b flag-3,flag-1', add(web, flags('mh', SCHED1 | SCHED3))],
  ['-A -t 1.1.1.1:80 -b flag-1', add(web, flags('wlc', SCHED1))],
  ['-A -t 1.1.1.1:80 -s rr --sched-flags flag-1,flag-2,flag-3', add(web, flags('rr', SCHED1 | SCHED2 | SCHED3))],
  [['-A', '-t', '1.1.1.1:80', '-b', ''], add(web)],
  // editing, deleting
  ['-E -t 1.1.1.1:80', add(web, {}, 'edit-service')],
  ['--edit-service -t 1.1.1.1:80 -p -M 255.0.0.0', add(web, persistent(360, '255.0.0.0'), 'edit-service')],
  ['-D -t 1.1.1.1:80', { kind: 'delete-service', service: web }],
  ['-D -t 1.1.1.1', { kind: 'delete-service', service: at('1.1.1.1', 0) }],
  ['--delete-service -f 3 -6', { kind: 'delete-service', service: mark(3, 'inet6') }],
  ['-C', { kind: 'flush' }],
  ['--clear', { kind: 'flush' }],
  // real servers
  ['-a -t 1.1.1.1:80 -r 10.1.1.1', server(web, '10.1.1.1', 80)],
  ['-a -t 1.1.1.1:80 -r 10.1.1.1:81', server(web, '10.1.1.1', 80)],
  ['-a -t 1.1.1.1:80 -r 10.1.1.1:81 -i', server(web, '10.1.1.1', 80, { forwarding: 'tunnel' })],
  ['-a -t 1.1.1.1:80 -r 10.1.1.2:81 -m -w 5 -x 10 -y 5', server(web, '10.1.1.2', 81,
    { forwarding: 'masquerade', weight: 5, upperThreshold: 10, lowerThreshold: 5 })],
  ['--add-server -t 1.1.1.1:80 --real-server 10.1.1.2 --masquerading --weight 0 --u-threshold 2147483647',
    server(web, '10.1.1.2', 80, { forwarding: 'masquerade', weight: 0, upperThreshold: 2147483647 })],
  ['-a -t 1.1.1.1:80 -r 10.1.1.1 -g -w 2147483647', server(web, '10.1.1.1', 80, { weight: 2147483647 })],
  ['-a -t 1.1.1.1:80 -r 10.1.1.1 -w 010', server(web, '10.1.1.1', 80, { weight: 10 })],
  ['-a -t 1.1.1.1:80 -r 10.1.1.1 -w +5', server(web, '10.1.1.1', 80, { weight: 5 })],
  [['-a', '-t', '1.1.1.1:80', '-r', '10.1.1.1', '-w', ' 5'], server(web, '10.1.1.1', 80, { weight: 5 })],
  ['-a -t 1.1.1.1:80 -r 10.1.1.1:http -m', server(web, '10.1.1.1', 80, { forwarding: 'masquerade' })],
  ['-a -t 1.1.1.1:80 -r localhost', server(web, '127.0.0.1', 80)],
  ['-a -t 1.1.1.1:7 -r [4.4.4.4]:55 -m', server(at('1.1.1.1', 7), '4.4.4.4', 7, { forwarding: 'masquerade' })],
  ['-a -t 9.9.9.9:0 -r 8.8.8.8:90 -m', server(at('9.9.9.9', 0), '8.8.8.8', 90, { forwarding: 'masquerade' })],
  ['-a -t 9.9.9.9:0 -r 8.8.8.9:90 -g', server(at('9.9.9.9', 0), '8.8.8.9', 0)],
  ['-a -t [::1]:80 -r [2001:db8::8]:90 -m', server(at('::1', 80), '2001:db8::8', 90, { forwarding: 'masquerade' })],
  ['-a -f 1 -r 10.3.3.3', server(mark(1), '10.3.3.3', 0)],
  ['-a -f 1 -r 10.3.3.4:88', server(mark(1), '10.3.3.4', 88)],
  ['-a -f 1 -r 10.3.3.4:http', server(mark(1), '10.3.3.4', 80)],
  ['-a -f 4 -6 -r 2001:db8::1 -g', server(mark(4, 'inet6'), '2001:db8::1', 0)],
  // tunnels, to servers of the other family too
  ['-a -t 1.1.1.1:80 -r [2001:db8::5]:80 -i', server(web, '2001:db8::5', 80, { forwarding: 'tunnel' })],
  ['-a -t [::1]:80 -r 10.0.0.1 --ipip', server(at('::1', 80), '10.0.0.1', 80, { forwarding: 'tunnel' })],
  ['-a -f 4 -6 -r 2.2.2.2 -i', server(mark(4, 'inet6'), '2.2.2.2', 0, { forwarding: 'tunnel' })],
  ['-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type ipip', server(web, '2.2.2.2', 80, { forwarding: 'tunnel' })],
  ['-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gue --tun-port 6080', server(web, '2.2.2.2', 80,
    { forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 6080 })],
  ['-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gue --tun-port 6080 --tun-csum', server(web, '2.2.2.2', 80,
    { forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 6080, tunnelFlags: 1 })],
  ['-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gue --tun-port 6080 --tun-remcsum', server(web, '2.2.2.2', 80,
    { forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 6080, tunnelFlags: 2 })],
  ['-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gre --tun-csum', server(web, '2.2.2.2', 80,
    { forwarding: 'tunnel', tunnelType: 'gre', tunnelFlags: 1 })],
  ['-e -t 1.1.1.1:80 -r 2.2.2.2 -m -w 7 -x 3', server(web, '2.2.2.2', 80,
    { forwarding: 'masquerade', weight: 7, upperThreshold: 3 }, 'edit-server')],
  ['-d -t 1.1.1.1:80 -r 2.2.2.2:99', { kind: 'delete-server', service: web,
    server: { family: 'inet', address: '2.2.2.2' as Address, port: 99 } }],
  ['-d -t 1.1.1.1:80 -r 2.2.2.2', { kind: 'delete-server', service: web,
    server: { family: 'inet', address: '2.2.2.2' as Address, port: 80 } }],
  // A server before its service has no port of the service's.
  ['-a -r 2.2.2.2 -t 1.1.1.1:80 -m', server(web, '2.2.2.2', 0, { forwarding: 'masquerade' })],
  ['-a -m -r 2.2.2.2 -t 1.1.1.1:80', server(web, '2.2.2.2', 0, { forwarding: 'masquerade' })],
  ['-a -r 2.2.2.2:81 -t 1.1.1.1:80 -m', server(web, '2.2.2.2', 81, { forwarding: 'masquerade' })],
  ['-a -r 2.2.2.2 -t 1.1.1.1:80 -g', server(web, '2.2.2.2', 80)],
  ['-d -r 2.2.2.2 -t 1.1.1.1:80', { kind: 'delete-server', service: web,
    server: { family: 'inet', address: '2.2.2.2' as Address, port: 0 } }],
  // Raw values, which the original cannot express.
  ['-A --raw -t 1.1.1.1:0', add(at('1.1.1.1', 0))],
  ['-A --raw -t 1.1.1.1:80 -p 0 -o', add(web, { flags: PERSISTENT | ONEPACKET })],
  ['-A --raw -t 1.1.1.1:80 -p 4294967295', add(web, { flags: PERSISTENT, timeout: 4294967295 })],
  ['-a --raw -t 1.1.1.1:80 -r 2.2.2.2:81 -g -x 4294967295', server(web, '2.2.2.2', 81,
    { upperThreshold: 4294967295 })],
  ['-a --raw -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gue --tun-port 9 --tun-csum --tun-remcsum',
    server(web, '2.2.2.2', 80, { forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 9, tunnelFlags: 3 })],
  // Names are cut to the kernel's length, in bytes.
  [`-A -t 1.1.1.1:80 -s ${'w'.repeat(20)}`, add(web, { scheduler: 'w'.repeat(15) })],
  [`-A -t 1.1.1.1:80 -s ${'Ų'.repeat(8)}`, add(web, { scheduler: 'Ų'.repeat(7) })],
]
