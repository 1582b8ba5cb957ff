// The balancer of the demo in a guest: a client, a director with the virtual address, two web servers behind NAT.
import type { Guest, Namespace } from '../../support/guest.ts'
import { Ours, startGuest } from './index.ts'

export const VIP = '192.0.2.1'
export const SERVERS = ['10.0.0.2', '10.0.0.3']

export interface Balancer {
  readonly guest: Guest
  readonly director: Namespace
  /** Our programs on the director. */
  readonly restorer: Ours
  /** Makes requests. */
  readonly client: Ours
}

export async function startBalancer(): Promise<Balancer> {
  const guest = await startGuest()
  const director = await guest.namespace()
  const [outside, inside] = [await guest.namespace(), await guest.namespace()]
  const script = [
    `ip link add eth0 netns ${director.name} type veth peer name eth0 netns ${outside.name}`,
    `ip link add eth1 netns ${director.name} type veth peer name eth0 netns ${inside.name}`,
    `ip -n ${outside.name} addr add 192.0.2.9/24 dev eth0`,
    `ip -n ${outside.name} link set eth0 up`,
    `ip -n ${director.name} addr add ${VIP}/24 dev eth0`,
    `ip -n ${director.name} addr add 10.0.0.1/24 dev eth1`,
    `ip -n ${director.name} link set eth0 up`,
    `ip -n ${director.name} link set eth1 up`,
    ...SERVERS.map((host) => `ip -n ${inside.name} addr add ${host}/24 dev eth0`),
    `ip -n ${inside.name} link set eth0 up`,
    `ip -n ${inside.name} route add default via 10.0.0.1`,
  ]
  const { status, stderr } = await guest.run(['/bin/sh', '-ec', script.join('\n')])
  if (status !== 0) throw new Error(`${stderr}`)
  await director.run(['/bin/sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
  const web = await Ours.start(inside)
  await web.ask({ op: 'serve', hosts: SERVERS })
  const client = await Ours.start(outside)
  return { guest, director, restorer: await Ours.start(director), client }
}
