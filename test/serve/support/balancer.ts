// A director in memory with the monitor in front of it, on a port of this machine: for tests of the answers and the page.
import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MetricFamily } from '../../../lib/metrics/exposition.ts'
import type { HealthByServer } from '../../../lib/metrics/health.ts'
import { TOTALS } from '../../../lib/metrics/totals.ts'
import type { FleetStatus } from '../../../lib/model/fleet-state.ts'
import { serviceKey } from '../../../lib/model/service.ts'
import { type MonitorOptions, monitor } from '../../../lib/serve/handler.ts'
import { listen } from '../../../lib/serve/listen.ts'
import { kernelSource, type MonitorSource } from '../../../lib/serve/source.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import { FakeKernel } from '../../support/fake-kernel/fake-kernel.ts'
import { run } from '../../support/run.ts'

export const HEADING = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n'

const STATS = `   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
  40741d   8a1f20   7c0e10      147d35700     1176592e00
`

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export class Balancer {
  readonly kernel = new FakeKernel()
  /** The list of connections, without its heading. */
  connections = ''
  health: HealthByServer | undefined
  /** The status of the fleet; undefined: there is none. */
  fleet: () => Promise<FleetStatus | undefined> = async () => undefined
  /** Metrics of its own. */
  families: Iterable<MetricFamily> = []
  /** The number of readings of the table. */
  readings = 0
  /** The services of each reading of the list of connections, which waits for `held`. */
  readonly listed: string[][] = []
  held: Promise<void> | undefined
  #server: Server | undefined
  #close = () => {}

  /** Starts with the table of these rules. */
  static async start(
    rules: string,
    options: Partial<MonitorOptions> = {},
    limits: Parameters<typeof listen>[3] = {},
  ): Promise<Balancer> {
    const balancer = new Balancer()
    await balancer.rules(rules)
    const source = balancer.source()
    const { handle, close } = monitor({ source, ...options })
    balancer.#server = await listen({ host: '127.0.0.1', port: 0 }, handle, undefined, limits)
    balancer.#close = () => {
      close()
      source.close()
    }
    return balancer
  }

  source(): MonitorSource {
    const bytes = () => Buffer.from(HEADING + this.connections)
    const kernel = kernelSource({
      ...nodeSystem,
      loadModule: async () => {},
      transport: async () => this.kernel.connect(),
      readChunks: () => [bytes()],
      readFile: (path) => (path === TOTALS ? Buffer.from(STATS) : bytes()),
    })
    return {
      ...kernel,
      observe: async () => {
        this.readings++
        return { ...(await kernel.observe()), health: this.health }
      },
      visit: (sink) => {
        this.readings++
        return kernel.visit(sink)
      },
      connections: async (services, most) => {
        this.listed.push(services.map(serviceKey))
        await this.held
        return await kernel.connections(services, most)
      },
      checked: () => this.health && { health: this.health, servers: [] },
      families: () => this.families,
      fleet: () => this.fleet(),
    }
  }

  async rules(text: string): Promise<void> {
    const { status, stderr } = await run(this.kernel, '', { program: 'ipvsadm-restore', input: text })
    if (status !== 0) throw new Error(stderr)
  }

  get server(): Server {
    return this.#server!
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  /** Sends a request as it is: paths are not made tidy, headers can be anything. */
  ask(path: string, { method = 'GET', headers = {}, body }: RequestOptions = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { port } = this
      const asked = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (reply) => {
        let text = ''
        reply.setEncoding('utf8')
        reply.on('data', (chunk) => {
          text += chunk
        })
        reply.on('end', () => resolve({ status: reply.statusCode!, headers: reply.headers, body: text }))
        reply.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }

  async stop(): Promise<void> {
    this.#close()
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}
