// The machines of a document (walkthrough.ts) in a guest: a network namespace each, joined by cables.
import { contains, parsePrefix } from '../../lib/model/prefix.ts'
import type { Guest, Namespace, Result } from './guest.ts'
import { install, installed, installedPath } from './install.ts'
import type { Launcher } from './launchers.ts'
import type { Interface, Step } from './walkthrough.ts'

/** Answers requests with a name: ARGV is the name and the port. It listens before it leaves the foreground. */
const WEB_SERVER = `
  use Socket qw(:DEFAULT IN6ADDR_ANY pack_sockaddr_in6 IPPROTO_IPV6 IPV6_V6ONLY);
  my ($name, $port) = @ARGV;
  socket my $server, AF_INET6, SOCK_STREAM, 6 or die;
  setsockopt $server, IPPROTO_IPV6, IPV6_V6ONLY, 0;
  bind $server, pack_sockaddr_in6($port, IN6ADDR_ANY) or die;
  listen $server, 10;
  exit if fork;
  open STDOUT, ">/dev/null"; open STDERR, ">/dev/null";
  $SIG{PIPE} = "IGNORE";
  while (accept my $client, $server) {
      my $body = 0;
      while (readline $client) { $body = $1 if /^Content-Length: (\\d+)/i; last if !/\\S/ }
      read $client, my $bytes, $body;
      print $client "HTTP/1.0 200 OK\\r\\n\\r\\n$name\\n";
      close $client;
  }`

/** A folder of programs that a launcher alone has not: those of the resident process (resident.cjs), and the agent. */
const folderOf = (launcher: Launcher) => `/opt/machines/${launcher}`

/** Puts the built programs into a guest. */
export async function installMachines(guest: Guest): Promise<void> {
  await install(guest)
  const agent = `printf '#!/bin/sh\nexec ${installed('node')}/ipvsadm agent "$@"\n' >ipvsadm-agent && chmod +x ipvsadm-agent`
  const script = `set -e; mkdir -p ${folderOf('node')} ${folderOf('standalone')}
    cd ${folderOf('standalone')}; ${agent}; cd ${folderOf('node')}; ${agent}; cp "$0"/resident.* .
    for name in ipvsadm ipvsadm-save ipvsadm-restore; do ln -s resident.sh $name; done`
  const { status, stderr } = await guest.run(['sh', '-c', script, __dirname])
  if (status !== 0) throw new Error(`${stderr}`)
}

export class Machines {
  readonly #namespaces: ReadonlyMap<string, Namespace>
  /** The runtime of our programs; Node is a process that stays, on one machine. */
  readonly #launcher: Launcher
  /** The directory in which commands are typed. */
  readonly #folder: string

  private constructor(namespaces: ReadonlyMap<string, Namespace>, launcher: Launcher, folder: string) {
    this.#namespaces = namespaces
    this.#launcher = launcher
    this.#folder = folder
  }

  /**
   * Builds the machines of the table. The machine `router` forwards packets.
   * @param resident the machine that has our programs, if Node runs them
   */
  static async build(
    guest: Guest,
    interfaces: readonly Interface[],
    launcher: Launcher = 'standalone',
    resident = 'director',
  ): Promise<Machines> {
    const names = [...new Set(interfaces.map(({ machine }) => machine))]
    const namespaces = new Map<string, Namespace>()
    for (const name of ['cables', ...names]) namespaces.set(name, await guest.namespace())
    const machines = new Machines(namespaces, launcher, `/run/${namespaces.get('cables')!.name}`)
    await guest.run(['mkdir', machines.#folder])
    if (launcher === 'node') await machines.#startPrograms(resident)

    const segments = segmentsOf(interfaces)
    const cables = segments.flatMap((segment, number) =>
      segment.map((one, port) => ({ ...one, bridge: `lan${number}`, port: `lan${number}p${port}` })),
    )
    const at = (machine: string) => namespaces.get(machine)!.name
    await batch(guest, [
      ...cables.map(
        ({ machine, name, hardware, port }) =>
          `link add ${name} netns ${at(machine)} ${hardware ? `address ${hardware} ` : ''}type veth peer name ${port} netns ${at('cables')}`,
      ),
    ])
    await batch(namespaces.get('cables')!, [
      ...segments.map((_, number) => `link add lan${number} up type bridge mcast_snooping 0`),
      ...cables.map(({ bridge, port }) => `link set ${port} master ${bridge} up`),
    ])
    for (const name of names) {
      const own = interfaces.filter(({ machine }) => machine === name)
      await batch(namespaces.get(name)!, own.flatMap(configuration))
      for (const { port } of own) {
        if (port !== undefined) await machines.#succeed(name, ['perl', '-e', WEB_SERVER, name, `${port}`])
      }
    }
    if (names.includes('router')) {
      const script = 'for f; do echo 1 > /proc/sys/net/$f; done'
      await machines.#succeed('router', [
        'sh',
        '-c',
        script,
        'sh',
        'ipv4/ip_forward',
        'ipv6/conf/all/forwarding',
      ])
    }
    return machines
  }

  /** They get ready while the rest is built. */
  async #startPrograms(machine: string): Promise<void> {
    const script = `mkfifo request reply; "$0" "$1" . "$2" </dev/null >log 2>&1 &`
    const words = [
      process.execPath,
      `${folderOf('node')}/resident.cjs`,
      `${installed('node')}/../dist/main.js`,
    ]
    await this.#succeed(machine, ['sh', '-c', script, ...words])
  }

  /** Types a line; returns its output on both streams, and its status. */
  async type({ machine, typed, line }: Step): Promise<{ output: string; status: number }> {
    if (!this.#namespaces.has(machine)) throw new Error(`line ${line}: there is no machine ${machine}`)
    const { stdout, status } = await this.#run(machine, ['sh', '-c', `{ ${typed}\n} 2>&1`])
    return { output: stdout.toString(), status }
  }

  async remove(): Promise<void> {
    for (const namespace of this.#namespaces.values()) await namespace.delete()
  }

  async #succeed(machine: string, argv: readonly string[]): Promise<void> {
    const { status, stderr } = await this.#run(machine, argv)
    if (status !== 0) throw new Error(`${machine}: ${stderr}`)
  }

  #run(machine: string, argv: readonly string[]): Promise<Result> {
    return this.#namespaces.get(machine)!.run(argv, {
      env: {
        PATH: `${folderOf(this.#launcher)}:${installedPath(this.#launcher)}`,
        RESIDENT: this.#folder,
      },
      cwd: this.#folder,
    })
  }
}

/** Interfaces by the network that they are in. */
function segmentsOf(interfaces: readonly Interface[]): Interface[][] {
  const segments: Interface[][] = []
  for (const one of interfaces) {
    const address = parsePrefix(one.addresses[0]!)!.address
    const segment = segments.find(([first]) => contains(parsePrefix(first!.addresses[0]!)!, address))
    if (segment === undefined) segments.push([one])
    else segment.push(one)
  }
  return segments
}

const configuration = ({ name, addresses, gateways }: Interface) => [
  `link set ${name} up`,
  ...addresses.map((address) => `address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
  ...gateways.map((gateway) => `route add default via ${gateway}`),
]

/** Lines of the `ip` program. */
async function batch(where: Guest | Namespace, lines: readonly string[]): Promise<void> {
  const { status, stderr } = await where.run(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n` })
  if (status !== 0) throw new Error(`${stderr}`)
}
