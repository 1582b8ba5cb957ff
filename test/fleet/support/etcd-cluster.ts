// Members of a real etcd on the loopback interface, for tests: each with its own folder, ended with the test.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterSettings } from '../../../lib/fleet/etcd-channels.ts'
import { EtcdStore } from '../../../lib/fleet/etcd-store.ts'
import type { StoreError } from '../../../lib/fleet/store.ts'
import { type FreePorts, freePorts } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

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
/** The times of etcdctl, which are two and five seconds otherwise: a busy machine may need more. */
const PATIENCE = '10m'

export class EtcdCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'ipvsadm-etcd-'))
  readonly #options: EtcdClusterOptions
  readonly #free: FreePorts
  readonly #ports: readonly Ports[] = []
  readonly #members: (ChildProcess | undefined)[] = []
  /** Holds the mount namespace with the disks, which end with it. */
  #disks: ChildProcess | undefined

  private constructor(free: FreePorts, options: EtcdClusterOptions) {
    this.#free = free
    const { ports } = free
    this.#ports = Array.from({ length: ports.length / 2 }, (_, i) => ({
      client: ports[2 * i]!,
      peer: ports[2 * i + 1]!,
    }))
    this.#options = options
  }

  static async start(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
    const cluster = new EtcdCluster(await freePorts(2 * (options.size ?? 1)), options)
    try {
      if (options.disks === true) await cluster.#mountDisks()
      cluster.#ports.forEach((_, member) => {
        cluster.startMember(member)
      })
      await cluster.ready()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
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
    // The file itself: a pipe may have more when the member has ended, and the folder is gone.
    const log = openSync(this.log, 'a')
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
      { stdio: ['ignore', log, log], env: { PATH: process.env.PATH } },
    )
    closeSync(log)
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

  /** Resolves when a key can be read from each member that runs. */
  async ready(): Promise<void> {
    for (const [member, endpoint] of this.endpoints.entries()) {
      if (!this.isRunning(member)) continue
      const store = this.connect({ endpoints: [endpoint] })
      try {
        await until(async () => {
          // One that refuses to tell answers as well.
          const failure = await store.get('none').catch((error: StoreError) => error.failure)
          if (failure !== 'unavailable') return true
          if (this.isRunning(member)) return false
          throw new Error(`etcd has ended: ${readFileSync(this.log, 'utf8')}`)
        })
      } finally {
        store.close()
      }
    }
  }

  /** The output of etcdctl, with these words. */
  control(...words: readonly string[]): string {
    const given = [
      '--endpoints',
      this.endpoints.join(','),
      `--dial-timeout=${PATIENCE}`,
      `--command-timeout=${PATIENCE}`,
    ]
    return execFileSync('etcdctl', [...given, ...words], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ETCDCTL_API: '3' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** The number of the member that leads, when there is one: a busy machine may just be electing it. */
  async leader(): Promise<number> {
    let leader = -1
    await until(() => {
      const rows = JSON.parse(this.control('endpoint', 'status', '--write-out', 'json')) as {
        readonly Endpoint: string
        readonly Status: { readonly leader: number; readonly header: { readonly member_id: number } }
      }[]
      const row = rows.find(({ Status }) => Status.leader === Status.header.member_id)
      leader = this.endpoints.indexOf(row?.Endpoint ?? '')
      return leader >= 0
    })
    return leader
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
    this.#free.release()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
