// Members of a real etcd on the loopback interface, for tests: each with its own folder, ended with the test.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterSettings } from '../../../lib/fleet/etcd-channels.ts'
import { EtcdStore } from '../../../lib/fleet/etcd-store.ts'

interface Ports {
  readonly client: number
  readonly peer: number
}

export interface EtcdClusterOptions {
  readonly size?: number
  /** More words for each member. */
  readonly words?: readonly string[]
  /** https: the words must name the files. */
  readonly scheme?: 'http' | 'https'
  /** Credentials. */
  readonly settings?: Partial<ClusterSettings>
  /** Whether each member has a disk of its own, which can be filled. */
  readonly disks?: boolean
}

/** Megabytes of such a disk: etcd takes 64 of them for each segment of its log at once. */
const DISK = 600

export class EtcdCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'ipvsadm-etcd-'))
  readonly #options: EtcdClusterOptions
  readonly #ports: readonly Ports[]
  readonly #members: (ChildProcess | undefined)[] = []
  /** Holds the mount namespace with the disks, which end with it. */
  #disks: ChildProcess | undefined

  private constructor(ports: readonly Ports[], options: EtcdClusterOptions) {
    this.#ports = ports
    this.#options = options
  }

  static async start(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
    const ports: Ports[] = []
    const free = await freePorts(2 * (options.size ?? 1))
    for (let i = 0; i < free.length; i += 2) ports.push({ client: free[i]!, peer: free[i + 1]! })
    const cluster = new EtcdCluster(ports, options)
    if (options.disks === true) await cluster.#mountDisks()
    ports.forEach((_, member) => {
      cluster.startMember(member)
    })
    await cluster.ready()
    return cluster
  }

  get endpoints(): readonly string[] {
    return this.#ports.map(({ client }) => `${this.#options.scheme ?? 'http'}://127.0.0.1:${client}`)
  }

  get log(): string {
    return join(this.folder, 'log')
  }

  connect(settings: Partial<ClusterSettings> = {}): EtcdStore {
    return new EtcdStore({ endpoints: this.endpoints, ...this.#options.settings, ...settings })
  }

  startMember(member: number): void {
    const { client, peer } = this.#ports[member]!
    const { scheme = 'http', words = [] } = this.#options
    const folder = join(this.folder, `${member}`)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const url = `${scheme}://127.0.0.1:${client}`
    const all = this.#ports.map(({ peer }, i) => `m${i}=http://127.0.0.1:${peer}`).join(',')
    const enter =
      this.#disks === undefined ? [] : ['nsenter', '--target', `${this.#disks.pid}`, '--mount', '--']
    const [program = '', ...more] = [...enter, 'etcd']
    const child = spawn(
      program,
      [
        ...more,
        ...['--name', `m${member}`, '--data-dir', join(folder, 'data'), '--logger', 'zap'],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
        ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
        ...['--initial-cluster', all, '--log-level', 'warn'],
        ...words,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } },
    )
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => appendFileSync(this.log, bytes))
    }
    this.#members[member] = child
  }

  async #mountDisks(): Promise<void> {
    const folders = this.#ports.map((_, member) => join(this.folder, `${member}`))
    for (const folder of folders) mkdirSync(folder, { mode: 0o700 })
    const mounts = folders.map((folder) => `mount -t tmpfs -o size=${DISK}m,mode=700 tmpfs ${folder}`)
    const script = [...mounts, 'echo ready', 'exec sleep infinity'].join(' && ')
    const child = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#disks = child
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', () => reject(new Error('the disks cannot be mounted')))
    })
  }

  /** Leaves no room on the disk of a member. */
  fillDisk(member: number): void {
    const file = openSync(this.#filler(member), 'w')
    try {
      for (;;) writeSync(file, Buffer.alloc(1 << 20))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
  }

  freeDisk(member: number): void {
    rmSync(this.#filler(member))
  }

  #filler(member: number): string {
    return `/proc/${this.#disks?.pid}/root${join(this.folder, `${member}`, 'filler')}`
  }

  isRunning(member: number): boolean {
    const child = this.#members[member]
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  /** Resolves when a key can be read. */
  async ready(settings: Partial<ClusterSettings> = {}): Promise<void> {
    const store = this.connect(settings)
    try {
      for (;;) {
        try {
          await store.get('none')
          return
        } catch (error) {
          if ((error as { failure?: string }).failure !== 'unavailable') return
        }
        if (this.#members.every((child) => child === undefined || child.exitCode !== null)) {
          throw new Error(`etcd has ended: see ${this.log}`)
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    } finally {
      store.close()
    }
  }

  /** The output of etcdctl, with these words. */
  control(...words: readonly string[]): string {
    return execFileSync('etcdctl', ['--endpoints', this.endpoints.join(','), ...words], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ETCDCTL_API: '3' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** The number of the member that leads. */
  leader(): number {
    const rows = JSON.parse(this.control('endpoint', 'status', '--write-out', 'json')) as {
      readonly Endpoint: string
      readonly Status: { readonly leader: number; readonly header: { readonly member_id: number } }
    }[]
    const row = rows.find(({ Status }) => Status.leader === Status.header.member_id)
    return this.endpoints.indexOf(row?.Endpoint ?? '')
  }

  /** Ends a member at once, and waits until it has ended. */
  async kill(member: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#members[member]
    this.#members[member] = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
    })
    child.kill(signal)
    await ended
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((_, member) => this.kill(member)))
    this.#disks?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Ports that nothing listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  return await Promise.all(
    servers.map(async (server) => {
      const address = server.address()
      await new Promise((resolve) => server.close(resolve))
      return typeof address === 'object' && address !== null ? address.port : 0
    }),
  )
}
