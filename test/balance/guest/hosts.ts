// The hosts of the ring, driven through agent.pl: one request at a time, in the order of the calls.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A client's request: a connection, or a datagram, from an address of its own to a service. */
export interface Request {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly from: string
  /** 0: any */
  readonly fromPort: number
  readonly to: string
  readonly port: number
}

/** A connection that is kept open. */
export interface Held {
  readonly id: string
  /** The server that answered it. */
  readonly server: string
}

/** Seconds to wait for an answer. */
const PATIENCE = 120

export class Hosts {
  readonly #agent: ChildProcess
  readonly #waiting: ((answer: string) => void)[] = []

  /** @param script the path of agent.pl */
  constructor(script: string) {
    this.#agent = spawn('perl', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#agent.stdout! }).on('line', (line) => this.#waiting.shift()?.(line))
    this.#agent.on('exit', () => {
      for (const resolve of this.#waiting) resolve('error\tthe agent has ended')
    })
  }

  /** Sends a command; the words of its answer. */
  async #command(name: string, ...words: (string | number)[]): Promise<string[]> {
    const answer = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve)
      this.#agent.stdin!.write(`${[name, ...words].join('\t')}\n`)
    })
    const [verdict, ...rest] = answer.split('\t')
    if (verdict !== 'ok') throw new Error(`${name} ${words.slice(0, 4).join(' ')}: ${rest.join(' ')}`)
    return rest
  }

  /** Starts a server that answers with its name. `dns` is a name server. */
  async serve(
    host: string,
    protocol: Request['protocol'] | 'dns',
    address: string,
    port: number,
    name = host,
  ) {
    await this.#command('serve', host, protocol, address, port, name)
  }

  /** The names that answer, one after the other: or `refused`, `silence`, `unreachable`. */
  ask(requests: readonly Request[], { host = 'client', payload = 'hello', patience = PATIENCE } = {}) {
    return this.#command('ask', host, payload.replaceAll('\n', '\\n'), patience, ...requests.map(text))
  }

  /** As `ask`, but the connections stay open. */
  async hold(requests: readonly Request[], { host = 'client', patience = PATIENCE } = {}): Promise<Held[]> {
    const answers = await this.#command('hold', host, patience, ...requests.map(text))
    return answers.map((answer) => {
      const [id, server] = answer.split('=')
      return { id: id!, server: server! }
    })
  }

  /** Sends something on connections that are held; returns who answers. */
  talk(held: readonly Held[], patience = PATIENCE): Promise<string[]> {
    return this.#command('talk', patience, ...held.map(({ id }) => id))
  }

  /** Ends connections. */
  async drop(held: readonly Held[]): Promise<void> {
    await this.#command('drop', ...held.map(({ id }) => id))
  }

  /** Sends datagrams without waiting for answers; how many were sent. */
  async burst(count: number, request: Request): Promise<number> {
    return Number((await this.#command('burst', 'client', count, text(request)))[0])
  }

  /** Tells the segment that `address` is at `host` now. */
  async announce(host: string, address: string, device: { index: number; mac: string }): Promise<void> {
    await this.#command('announce', host, 'eth0', address, device.index, device.mac)
  }

  /** Sends synchronization messages of `count` established connections from an address of `host`. */
  async synchronize(
    host: string,
    from: string,
    syncId: number,
    count: number,
    seconds: number,
  ): Promise<void> {
    await this.#command('synchronize', host, from, syncId, count, seconds)
  }

  /** @param names below /proc/sys/net */
  async sysctl(host: string, value: string | number, ...names: string[]): Promise<void> {
    await this.#command('sysctl', host, value, ...names)
  }

  /** Runs a program on a host; the lines that it prints. */
  run(host: string, line: string): Promise<string[]> {
    return this.#command('run', host, ...line.split(' '))
  }

  close(): void {
    this.#agent.stdin!.end()
  }
}

function text({ protocol, from, fromPort, to, port }: Request): string {
  return [protocol, from, fromPort, to, port].join(',')
}
