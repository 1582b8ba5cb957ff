// Firewall marks for packets to the director. By traffic control, which every kernel has: some no longer have tables for
// iptables.
import type { Ring } from './ring.ts'

export interface Marked {
  readonly family: 'inet' | 'inet6'
  /** Such as `10.100.1.0/24`. */
  readonly destination: string
  readonly ports: readonly number[]
}

/** TCP packets for these ports of the destination have the mark from now on. */
export async function markPackets(
  ring: Ring,
  mark: number,
  { family, destination, ports }: Marked,
): Promise<void> {
  const protocol = family === 'inet' ? 'ip' : 'ipv6'
  await ring.hosts.run('director', 'tc qdisc replace dev eth0 clsact')
  for (const port of ports) {
    await ring.hosts.run(
      'director',
      `tc filter add dev eth0 ingress protocol ${protocol} flower ip_proto tcp dst_ip ${destination} dst_port ${port} action skbedit mark ${mark}`,
    )
  }
}
