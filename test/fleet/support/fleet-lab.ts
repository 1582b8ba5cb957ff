// Three directors of a fleet in the test kernel, each with a client of its own; web servers and etcd are behind them.
import { Guest } from '../../support/guest.ts'
import { installMachines, Machines } from '../../support/machines.ts'
import { readMachines } from '../../support/walkthrough.ts'

/** All directors have the virtual address 192.0.2.80, and rewrite to the same servers (NAT). */
const PICTURE = `
| machine | interface | address         | gateway    | web server port |
| ------- | --------- | --------------- | ---------- | --------------- |
| client1 | eth0      | 203.0.113.2/30  | 203.0.113.1 |                |
| client2 | eth0      | 203.0.113.6/30  | 203.0.113.5 |                |
| client3 | eth0      | 203.0.113.10/30 | 203.0.113.9 |                |
| lb1     | eth0      | 203.0.113.1/30  |            |                 |
|         | eth1      | 198.51.100.1/24 |            |                 |
| lb2     | eth0      | 203.0.113.5/30  |            |                 |
|         | eth1      | 198.51.100.2/24 |            |                 |
| lb3     | eth0      | 203.0.113.9/30  |            |                 |
|         | eth1      | 198.51.100.3/24 |            |                 |
| web1    | eth0      | 198.51.100.11/24 |           | 8081            |
| web2    | eth0      | 198.51.100.12/24 |           | 8081            |
| etcd    | eth0      | 198.51.100.20/24 |           |                 |
`

export const NUMBERS = [1, 2, 3] as const

export const ENDPOINT = 'http://198.51.100.20:2379'

export class FleetLab {
  readonly #guest: Guest
  readonly #machines: Machines

  private constructor(guest: Guest, machines: Machines) {
    this.#guest = guest
    this.#machines = machines
  }

  static async start(): Promise<FleetLab> {
    const guest = await Guest.start()
    await installMachines(guest)
    const lab = new FleetLab(guest, await Machines.build(guest, readMachines(PICTURE), 'node', 'etcd'))
    for (const n of NUMBERS) {
      await lab.type(`lb${n}`, 'sysctl -qw net.ipv4.ip_forward=1; ip address add 192.0.2.80/32 dev eth0')
      // Answers go back through the director whose client has asked.
      for (const web of ['web1', 'web2'])
        await lab.type(web, `ip route add 203.0.113.${4 * (n - 1)}/30 via 198.51.100.${n}`)
    }
    return lab
  }

  /** Runs a shell command on a machine; returns its output on both streams. Rejects if it fails. */
  async type(machine: string, typed: string): Promise<string> {
    const { output, status } = await this.tried(machine, typed)
    if (status !== 0) throw new Error(`${machine}# ${typed}: status ${status}: ${output}`)
    return output
  }

  async tried(machine: string, typed: string): Promise<{ readonly output: string; readonly status: number }> {
    return await this.#machines.type({ machine, typed, output: '', status: 0, line: 0 })
  }

  async stop(): Promise<void> {
    await this.#machines.remove()
    await this.#guest.stop()
  }
}
