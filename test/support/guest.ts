// One booted guest kernel (scripts/kernel) that serves many tests: programs and workers in network namespaces of their
// own, by requests to guest-agent.pl, which runs in there.
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Field, list, pack, unpack } from './guest-frames.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const AGENT = fileURLToPath(new URL('guest-agent.pl', import.meta.url))

/** The folder of the kernel of most files of tests: the one in which programs start fastest. $IPVSADM_KERNEL is for all files. */
export const quickKernel = () =>
  process.env.IPVSADM_KERNEL || execFileSync(join(ROOT, 'scripts/uml'), { encoding: 'utf8' }).trim()

/** That of some files, so that a run on Debian 12 has two: the installed package, there Linux 6.1. */
export const INSTALLED_KERNEL = process.env.IPVSADM_KERNEL || '/'

/** Seconds after which a boot or a step in the guest counts as hung, unless a call says otherwise. */
const PATIENCE = 900

/** Seconds to wait for an answer beyond the time that the guest itself has. */
const GRACE = 120

export interface StartOptions {
  /** An unpacked user-mode-linux package; by default `quickKernel`. */
  kernel?: string
  /** Memory, such as `2G`. */
  memory?: string
  /** The one directory in which the guest can change files of the host; the project's by default. */
  cwd?: string
  /** Seconds that a boot may take. */
  timeout?: number
}

export interface RunOptions {
  stdin?: string | Uint8Array
  /** Added to PATH, HOME and LC_ALL=C, which are all that there is. */
  env?: Record<string, string>
  cwd?: string
  /** Seconds; a command that takes longer is killed, and the call rejects. */
  timeout?: number
}

export interface Command extends Omit<RunOptions, 'timeout'> {
  argv: readonly string[]
}

export interface Result {
  /** The status as in a shell: 128 + N if signal N ended the command, 127 if there is no such command. */
  status: number
  signal?: NodeJS.Signals
  stdout: Buffer
  stderr: Buffer
}

interface Pending {
  what: string
  resolve(fields: Buffer[]): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

export class Guest {
  /** The kernel's release, such as `6.1.176`. */
  readonly release: string = ''
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #pending = new Map<string, Pending>()
  readonly #ended: Promise<void>
  readonly #initial = new Namespace(this, '')
  #received: Buffer[] = []
  #length = 0
  #serial = 0
  #log = ''
  #failure: Error | undefined

  private constructor({ kernel = quickKernel(), memory, cwd = ROOT }: StartOptions) {
    const options = ['--kernel', kernel, ...(memory ? ['--mem', memory] : [])]
    this.#process = spawn(join(ROOT, 'scripts/kernel'), [...options, '--', 'perl', AGENT], { cwd })
    const { stdin, stdout, stderr } = this.#process
    stdout.on('data', (bytes: Buffer) => this.#receive(bytes))
    stderr.on('data', (bytes: Buffer) => {
      this.#log = (this.#log + bytes.toString('latin1')).slice(-4096)
    })
    stdin.on('error', () => {}) // the end says more
    this.#ended = new Promise((resolve) => {
      this.#process.on('error', (error) => this.#fail(error.message)).on('error', resolve)
      this.#process.on('close', (status) => this.#fail(`it ended with status ${status}`)).on('close', resolve)
    })
    this.#hold(false)
  }

  /** Boots a kernel. It ends with `stop`, or with this process, however that ends. */
  static async start(options: StartOptions = {}): Promise<Guest> {
    const guest = new Guest(options)
    const [release] = await guest.#answer('0', 'boot', options.timeout ?? PATIENCE)
    return Object.assign(guest, { release: release!.toString() })
  }

  /** Makes a network namespace with loopback up. */
  async namespace(): Promise<Namespace> {
    const name = `test${++this.#serial}`
    await this.request('make a namespace', PATIENCE, 'namespace', name)
    return new Namespace(this, name)
  }

  /** Runs a command in the initial namespace. */
  async run(argv: readonly string[], options?: RunOptions): Promise<Result> {
    return await this.#initial.run(argv, options)
  }

  /** Runs commands in the initial namespace, one after the other, in one exchange with the guest. */
  async runAll(commands: readonly Command[], options?: Pick<RunOptions, 'timeout'>): Promise<Result[]> {
    return await this.#initial.runAll(commands, options)
  }

  /** Starts a worker in the initial namespace. */
  async worker(argv: readonly string[], options?: Omit<RunOptions, 'stdin'>): Promise<Worker> {
    return await this.#initial.worker(argv, options)
  }

  /** Ends the kernel; rejects unanswered requests. */
  async stop(): Promise<void> {
    this.#hold(true)
    this.#process.stdin.end()
    const timer = setTimeout(() => this.#process.kill(), GRACE * 1000)
    await this.#ended
    clearTimeout(timer)
  }

  /** Asks the agent. For Namespace and Worker. */
  async request(what: string, timeout: number, verb: string, ...fields: Field[]): Promise<Buffer[]> {
    const id = `${++this.#serial}`
    if (!this.#failure) {
      const payload = pack([id, verb, ...fields])
      this.#process.stdin.write(pack([payload]))
    }
    return await this.#answer(id, what, timeout + GRACE)
  }

  async #answer(id: string, what: string, timeout: number): Promise<Buffer[]> {
    if (this.#failure) throw this.#failure
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#kill(`no answer to "${what}" in ${timeout} seconds`),
        timeout * 1000,
      )
      this.#pending.set(id, { what, resolve, reject, timer })
      this.#hold(true)
    })
  }

  #receive(bytes: Buffer): void {
    this.#received.push(bytes)
    this.#length += bytes.length
    while (this.#length >= 4) {
      if (this.#received[0]!.length < 4) this.#received = [Buffer.concat(this.#received)]
      const size = 4 + this.#received[0]!.readUInt32BE()
      if (this.#length < size) return
      const all = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received)
      this.#received = [all.subarray(size)]
      this.#length -= size
      this.#settle(unpack(all.subarray(4, size)))
    }
  }

  #settle([id, outcome, ...fields]: Buffer[]): void {
    const key = id!.toString()
    const pending = this.#pending.get(key)
    if (!pending) return
    this.#pending.delete(key)
    clearTimeout(pending.timer)
    if (this.#pending.size === 0) this.#hold(false)
    if (outcome!.toString() === 'ok') pending.resolve(fields)
    else pending.reject(new Error(`guest: ${pending.what}: ${fields[0]}`))
  }

  /** While something is unanswered, and only then, the guest keeps this process from ending. */
  #hold(on: boolean): void {
    const { stdin, stdout, stderr } = this.#process
    for (const handle of [this.#process, stdin, stdout, stderr] as { ref?(): void; unref?(): void }[]) {
      if (on) handle.ref?.()
      else handle.unref?.()
    }
  }

  #kill(why: string): void {
    this.#fail(why)
    this.#process.kill()
  }

  #fail(why: string): void {
    this.#failure ??= new Error(`guest: ${why}${this.#log && `; it said:\n${this.#log}`}`)
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(this.#failure)
    }
    this.#pending.clear()
  }
}

/** A network namespace: its own interfaces and its own IPVS table. */
export class Namespace {
  readonly #guest: Guest
  /** Its name for iproute2 (`ip -n NAME`); its file is /run/netns/NAME. Empty for the initial namespace. */
  readonly name: string

  constructor(guest: Guest, name: string) {
    this.#guest = guest
    this.name = name
  }

  /** Runs a command. Calls for the same namespace proceed one after the other. */
  async run(argv: readonly string[], { timeout, ...options }: RunOptions = {}): Promise<Result> {
    const [result] = await this.runAll([{ argv, ...options }], timeout === undefined ? {} : { timeout })
    return result!
  }

  /** Runs commands one after the other, in one exchange with the guest; the timeout is for all of them. */
  async runAll(
    commands: readonly Command[],
    { timeout = PATIENCE }: Pick<RunOptions, 'timeout'> = {},
  ): Promise<Result[]> {
    const fields = commands.flatMap(({ argv, stdin = '', env = {}, cwd = '' }) => [
      stdin,
      cwd,
      ...list(Object.entries(env).map(([name, value]) => `${name}=${value}`)),
      ...list(argv),
    ])
    const what = commands.map(({ argv }) => argv.join(' ')).join('; ')
    const answer = await this.#guest.request(what, timeout, 'run', this.name, timeout, ...fields)
    return commands.map((_, index) => result(answer.slice(4 * index, 4 * index + 4)))
  }

  /** Starts a process that answers each line of JSON with a line of JSON. */
  async worker(argv: readonly string[], options: Omit<RunOptions, 'stdin'> = {}): Promise<Worker> {
    return await Worker.start(this.#guest, this.name, argv, options)
  }

  /** Ends the processes in it, and removes it. */
  async delete(): Promise<void> {
    await this.#guest.request(`delete ${this.name}`, PATIENCE, 'delete', this.name)
  }
}

/** A long-lived process in a namespace. */
export class Worker {
  static #serial = 0
  readonly #guest: Guest
  readonly #name: string
  readonly #what: string
  readonly #timeout: number

  private constructor(guest: Guest, name: string, what: string, timeout: number) {
    this.#guest = guest
    this.#name = name
    this.#what = what
    this.#timeout = timeout
  }

  static async start(
    guest: Guest,
    namespace: string,
    argv: readonly string[],
    { env = {}, cwd = '', timeout = PATIENCE }: Omit<RunOptions, 'stdin'>,
  ): Promise<Worker> {
    const worker = new Worker(guest, `${++Worker.#serial}`, argv.join(' '), timeout)
    const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    await guest.request(
      `start ${worker.#what}`,
      timeout,
      'start',
      worker.#name,
      namespace,
      cwd,
      ...list(environment),
      ...list(argv),
    )
    return worker
  }

  /** Sends a line, and returns the one that comes back. Requests to a worker are answered in order. */
  async request(value: unknown): Promise<unknown> {
    const line = JSON.stringify(value)
    const [answer] = await this.#guest.request(
      this.#what,
      this.#timeout,
      'ask',
      this.#name,
      this.#timeout,
      line,
    )
    return JSON.parse(answer!.toString())
  }

  /** Ends its input, waits for its end, and returns its status and its stderr. */
  async close(): Promise<{ status: number; stderr: Buffer }> {
    const [status, stderr] = await this.#guest.request(
      `close ${this.#what}`,
      this.#timeout,
      'close',
      this.#name,
      this.#timeout,
    )
    return { status: Number(status), stderr: stderr! }
  }
}

const SIGNALS = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)

function result([status, number, stdout, stderr]: Buffer[]): Result {
  const signal = SIGNALS.get(Number(number))
  return { status: Number(status), ...(signal && { signal }), stdout: stdout!, stderr: stderr! }
}
