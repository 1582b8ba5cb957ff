// The machine, by the C host of the standalone executable.
import {
  buffer,
  close,
  effectiveUser,
  engine,
  isTerminal,
  open,
  poll,
  processId,
  read,
  variable,
  write,
} from 'host'
import { streams } from '../files.ts'
import { MODPROBE } from '../modprobe.ts'
import { nameService } from '../names/name-service.ts'
import { replaceFile } from '../replace-file.ts'
import type { System } from '../system.ts'
import { tracer } from '../trace.ts'
import { call } from './calls.ts'
import { READABLE, WRITABLE } from './event-loop.ts'
import { hostNamespaces } from './network-namespaces.ts'
import { programOutput, runProgram } from './programs.ts'
import { hostReplacement } from './replacement.ts'
import { onInterrupt } from './signals.ts'
import { openTerminal, outputTerminal } from './terminal.ts'
import { HostTransport } from './transport.ts'

const READ_ONLY = 0
/** Milliseconds before the next attempt on a descriptor that is not ready. */
const MOMENT = 50

const io = streams({
  open: (path) => call('open', () => open(path, READ_ONLY, 0)),
  close: (descriptor) => void close(descriptor),
  read: (descriptor, bytes) => call('read', () => read(descriptor, bytes)),
  write: (descriptor, bytes) => call('write', () => write(descriptor, bytes)),
  allocate: (length) => new Uint8Array(buffer(length)),
  wait: (descriptor, kind) =>
    void poll(Int32Array.of(descriptor, kind === 'read' ? READABLE : WRITABLE, 0), MOMENT),
})

/** The environment, of which the program reads few variables. */
const env = new Proxy<System['env']>({}, { get: (_, name) => variable(String(name)) })

/** @param programName the name with which the program was called */
export const hostSystem = (programName: string): System => ({
  ...io,
  programName,
  runtime: `QuickJS ${engine}`,
  trace: tracer(env, io.writeError),
  privileged: effectiveUser() === 0,
  env,
  processId: processId(),
  names: nameService(io.readFile, async () => {
    const { hostNameSources } = await import('./name-sources.ts')
    return hostNameSources(io.readFile)
  }),
  async transport(protocol) {
    return HostTransport.open(protocol)
  },
  loadModule: () => runProgram(MODPROBE.path, MODPROBE.words),
  programOutput,
  async connectTcp(address, port, milliseconds) {
    const { connectTcp } = await import('./connect.ts')
    return await connectTcp(address, port, milliseconds)
  },
  replaceFile: (path, text) => replaceFile(path, text, hostReplacement),
  outputTerminal,
  openTerminal,
  errorIsTerminal: () => isTerminal(2),
  async lock(name, holder, wait) {
    const { acquireLock } = await import('./lock.ts')
    return await acquireLock(name, holder, wait)
  },
  async sendLine(path, line) {
    const { sendLine } = await import('./send-line.ts')
    await sendLine(path, line)
  },
  onInterrupt,
  namespaces: hostNamespaces(io.readFile),
})
