// The machine as the standalone binary gives it: the C library, for Bun's own modules would take longer to load than
// all of the rest.
import { describeErrno, errnoName } from '../../model/errors.ts'
import { streams } from '../files.ts'
import { MODPROBE } from '../modprobe.ts'
import { nameService } from '../names/name-service.ts'
import { nodeNameSources } from '../node/name-sources.ts'
import { processSystem, terminalSize } from '../node/process.ts'
import { openTerminal } from '../node/terminal.ts'
import { replaceFile } from '../replace-file.ts'
import type { System } from '../system.ts'
import { tracer } from '../trace.ts'
import { cString, errno, libc } from './libc.ts'
import { BunTransport } from './transport.ts'

const O_CLOEXEC = 0x80000
const EINTR = 4

const io = streams({
  open: (path) => call('open', () => libc.open(cString(path), O_CLOEXEC)),
  close: (descriptor) => libc.close(descriptor),
  read: (descriptor, buffer) => call('read', () => libc.read(descriptor, buffer, buffer.length)),
  write: (descriptor, bytes) => call('write', () => libc.write(descriptor, bytes, bytes.length)),
})

export const bunSystem: System = {
  ...processSystem,
  programName: process.argv0,
  runtime: `Bun ${process.versions.bun}`,
  async lock(name, holder, wait) {
    const { acquireLock } = await import('../node/lock.ts')
    // Bun refuses a name of the full length.
    return await acquireLock(name, holder, wait, `\0${name}`)
  },
  async transport(protocol) {
    return new BunTransport(protocol)
  },
  async loadModule() {
    try {
      const { path, words, env } = MODPROBE
      Bun.spawnSync([path, ...words], {
        env,
        stdin: 'ignore',
        stdout: 'inherit',
        stderr: 'inherit',
      })
    } catch {
      // There is no such program: the kernel's answer to the next request says what that means.
    }
  },
  async programOutput(path, words) {
    try {
      const { exitCode, stdout } = Bun.spawnSync([path, ...words], {
        env: MODPROBE.env,
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'ignore',
      })
      return exitCode === 0 && stdout !== undefined ? Buffer.from(stdout).toString() : undefined
    } catch {
      return undefined
    }
  },
  ...io,
  names: nameService(nodeNameSources(io.readFile)),
  replaceFile(path, text) {
    // Loaded here: Bun's node:fs takes a third of a start to load.
    const { nodeReplacement } = require('../node/replacement.ts') as typeof import('../node/replacement.ts')
    replaceFile(path, text, nodeReplacement)
  },
  trace: tracer(process.env, io.writeError),
  outputTerminal: () => (libc.isatty(1) === 0 ? undefined : terminalSize()),
  openTerminal,
  errorIsTerminal: () => libc.isatty(2) !== 0,
}

/** Ends the process at once: there is nothing to tidy up that the kernel does not. */
export function exit(status: number): never {
  libc._exit(status)
  throw new Error('unreachable')
}

/** The result of a system call, or an error in the words that Node has for it. */
function call(name: string, operation: () => number): number {
  for (;;) {
    const result = operation()
    if (result >= 0) return result
    const number = errno()
    if (number === EINTR) continue
    const code = errnoName(number)
    const text = describeErrno(number)
    const message = `${code}: ${text[0]!.toLowerCase()}${text.slice(1)}, ${name}`
    throw Object.assign(new Error(message), { code })
  }
}
