// Sound directors of many shapes: each balances a client's connection, and the doctor finds nothing, with --probe either.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest, INSTALLED_KERNEL } from '../support/guest.ts'
import { install, installed, installedPath } from '../support/install.ts'
import { launcherOf } from '../support/launchers.ts'
import { LAB } from './doctor-lab.ts'

let guest: Guest

beforeAll(async () => {
  guest = await Guest.start({ kernel: INSTALLED_KERNEL })
  await install(guest)
})

afterAll(async () => {
  await guest?.stop()
})

/** A director's set-up after LAB, and the address at which its client asks. Default: 192.0.2.1. */
interface Shape {
  readonly name: string
  readonly script: string
  readonly address?: string
}

const NAT = `director ipvsadm -A -t 192.0.2.1:80 -s rr
  director ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m`

const SHAPES: readonly Shape[] = [
  { name: 'NAT', script: `ip -n d address add 192.0.2.1/32 dev lo; ${NAT}` },
  {
    name: 'two hundred addresses on a dummy interface that is down',
    address: '10.96.0.77',
    script: `ip -n d link add kube-ipvs0 type dummy
      for i in $(seq 200); do echo "address add 10.96.0.$i/32 dev kube-ipvs0"; done | ip -n d -batch -
      for i in $(seq 200); do
        echo "-A -t 10.96.0.$i:80 -s rr"; echo "-a -t 10.96.0.$i:80 -r 10.0.0.11:80 -m"
      done | director ipvsadm -R`,
  },
  {
    name: 'five thousand routes',
    script: `ip -n d address add 192.0.2.1/32 dev lo; ${NAT}
      for i in $(seq 0 4999); do
        echo "route add 172.$((16 + i / 4096)).$((i / 16 % 256)).$((i % 16 * 16))/28 via 10.0.0.12"
      done | ip -n d -batch -`,
  },
  {
    name: 'a routing rule to the servers',
    script: `ip -n d address add 192.0.2.1/32 dev lo; ${NAT}
      ip -n d route del 10.0.0.0/24 dev br0
      ip -n d route add 10.0.0.0/24 dev br0 src 10.0.0.1 table 100
      ip -n d rule add to 10.0.0.0/24 lookup 100`,
  },
  {
    name: 'the clients in a VRF',
    script: `ip -n d link add blue type vrf table 10; ip -n d link set blue up
      ip -n d link set dc master blue
      ip -n d address add 192.0.2.1/32 dev blue
      ip -n d route add 203.0.113.0/24 dev dc
      ip -n d route add 10.0.0.0/24 dev br0 table 10
      ${NAT}`,
  },
  {
    name: 'the address by a local route',
    script: `ip -n d route add local 192.0.2.0/24 dev lo; ${NAT}`,
  },
  {
    name: 'the address by a local route of another table',
    script: `ip -n d route add local 192.0.2.0/24 dev lo table 100
      ip -n d rule add iif dc lookup 100; ${NAT}`,
  },
  {
    name: 'an anycast address on lo, learned by a routing protocol elsewhere',
    script: `ip -n d address add 192.0.2.1/32 dev lo scope host; ${NAT}
      ip -n d route add default via 203.0.113.10 proto bgp`,
  },
  {
    name: 'direct routing with one interface',
    address: '10.0.0.100',
    script: `ip -n d address add 10.0.0.100/32 dev br0
      inside s1 sysctl -q -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
      ip -n s1 address add 10.0.0.100/32 dev lo
      ip -n c link set cd down; ip link add e netns c type veth peer name pc netns d
      ip -n c address add 10.0.0.50/24 dev e; ip -n c link set e up
      ip -n d link set pc master br0; ip -n d link set pc up
      director ipvsadm -A -t 10.0.0.100:80 -s rr
      director ipvsadm -a -t 10.0.0.100:80 -r 10.0.0.11:80 -g`,
  },
  {
    name: 'a real server that is the director itself, without forwarding',
    script: `ip -n d address add 192.0.2.1/32 dev lo
      inside d sysctl -q -w net.ipv4.ip_forward=0
      serve d 8080
      director ipvsadm -A -t 192.0.2.1:80 -s rr
      director ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m`,
  },
  {
    name: 'direct routing to the director itself',
    script: `ip -n d address add 192.0.2.1/32 dev lo
      serve d 80
      director ipvsadm -A -t 192.0.2.1:80 -s rr
      director ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.1:80 -g`,
  },
  {
    name: 'IPv6',
    address: '2001:db8::1',
    script: `inside d sysctl -q -w net.ipv6.conf.all.forwarding=1
      ip -n c address add 2001:db8:c::2/64 dev cd nodad; ip -n d address add 2001:db8:c::1/64 dev dc nodad
      ip -n c route add default via 2001:db8:c::1
      ip -n s1 address add 2001:db8:5::11/64 dev e nodad; ip -n d address add 2001:db8:5::1/64 dev br0 nodad
      ip -n s1 route add default via 2001:db8:5::1
      ip -n d address add 2001:db8::1/128 dev lo
      director ipvsadm -A -t '[2001:db8::1]:80' -s rr
      director ipvsadm -a -t '[2001:db8::1]:80' -r '[2001:db8:5::11]:80' -m`,
  },
  {
    name: 'a blackhole route around the network of the servers',
    script: `ip -n d address add 192.0.2.1/32 dev lo; ${NAT}
      ip -n d route add blackhole 10.0.0.0/8; ip -n d route add unreachable default metric 9999`,
  },
  {
    name: 'a hashing scheduler with fallback, and a drained server',
    script: `ip -n d address add 192.0.2.1/32 dev lo
      director ipvsadm -A -t 192.0.2.1:80 -s sh -b sh-fallback
      director ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m
      director ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 0`,
  },
]

describe('the doctor finds nothing on a sound director', () => {
  const cases = SHAPES.map((shape, i) => ({ ...shape, launcher: launcherOf(i) }))
  it.each(cases)('$name ($launcher)', async ({ script, address = '192.0.2.1', launcher }) => {
    const { status, stdout, stderr } = await guest.run(
      [
        'sh',
        '-c',
        `${LAB}\n${script}\nask c ${address} 80; director ${installed(launcher)}/ipvsadm doctor --probe; status=$?; clear; exit $status`,
      ],
      { env: { PATH: installedPath() } },
    )
    expect({ status, output: stdout.toString(), stderr: stderr.toString() }).toEqual({
      status: 0,
      output: expect.stringMatching(/^answered\nnothing found: \d+ services?, \d+ connections?\n$/),
      stderr: '',
    })
  })
})
