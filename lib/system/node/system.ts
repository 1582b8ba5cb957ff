// The machine as Node gives it.
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { streams } from '../files.ts'
import { MODPROBE } from '../modprobe.ts'
import { nameService } from '../names/name-service.ts'
import { replaceFile } from '../replace-file.ts'
import type { System } from '../system.ts'
import { tracer } from '../trace.ts'
import { nodeNameSources } from './name-sources.ts'
import { nodeNamespaces } from './network-namespaces.ts'
import { processSystem, terminalSize } from './process.ts'
import { nodeReplacement } from './replacement.ts'
import { openTerminal } from './terminal.ts'

const io = streams({
  open: (path) => openSync(path, 'r'),
  close: closeSync,
  read: (descriptor, buffer) => readSync(descriptor, buffer),
  write: (descriptor, bytes) => writeSync(descriptor, bytes),
})

/** The maximum size of a program's output in bytes: rule sets of some hundred thousand rules. */
const LONGEST_OUTPUT = 64 * 1024 * 1024

export const nodeSystem: System = {
  ...processSystem,
  runtime: `Node.js ${process.versions.node}`,
  async transport(protocol) {
    const { NodeTransport } = await import('./transport.ts')
    return new NodeTransport(protocol)
  },
  async loadModule() {
    const { spawn } = await import('node:child_process')
    const { path, words, env } = MODPROBE
    const child = spawn(path, words, { env, stdio: ['ignore', 'inherit', 'inherit'] })
    await new Promise<void>((resolve) => {
      child.on('error', () => resolve())
      child.on('exit', () => resolve())
    })
  },
  async programOutput(path, words) {
    const { spawnSync } = await import('node:child_process')
    const { env } = MODPROBE
    const { status, stdout } = spawnSync(path, words, {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: LONGEST_OUTPUT,
    })
    return status === 0 ? stdout.toString() : undefined
  },
  async connectTcp(address, port, milliseconds) {
    const { connectTcp } = await import('./connect.ts')
    return await connectTcp(address, port, milliseconds)
  },
  async sendLine(path, line) {
    if (!existsSync(path)) return
    const { sendLine } = await import('./send-line.ts')
    await sendLine(path, line)
  },
  ...io,
  names: nameService(io.readFile, () => nodeNameSources(io.readFile)),
  fileMode: (path) => statSync(path, { throwIfNoEntry: false })?.mode,
  replaceFile: (path, text) => replaceFile(path, text, nodeReplacement),
  trace: tracer(process.env, io.writeError),
  outputTerminal: () => (isTerminal(1) ? terminalSize() : undefined),
  openTerminal,
  errorIsTerminal: () => isTerminal(2),
  namespaces: nodeNamespaces,
}

/** The major number of the devices that are memory, /dev/null among them (admin-guide/devices.txt). */
const MEMORY_DEVICES = 1

/** Recognizes pipes, files and /dev/null without the runtime's stream objects, which are slow to create. */
function isTerminal(descriptor: 1 | 2): boolean {
  try {
    const status = fstatSync(descriptor)
    if (!status.isCharacterDevice() || status.rdev >> 8 === MEMORY_DEVICES) return false
  } catch {
    return false
  }
  return (descriptor === 1 ? process.stdout : process.stderr).isTTY === true
}
