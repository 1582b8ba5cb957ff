// The machine as Node gives it.
import { readAll, readChunks, writeAll } from './files.ts'
import type { System } from './system.ts'

export const nodeSystem: System = {
  async transport() {
    const { NodeTransport } = await import('../netlink/transport/node.ts')
    return new NodeTransport()
  },
  async loadModule() {
    const { spawnSync } = await import('node:child_process')
    spawnSync('/sbin/modprobe', ['--', 'ip_vs'], { stdio: ['ignore', 'inherit', 'inherit'] })
  },
  privileged: process.geteuid?.() === 0,
  env: process.env,
  readInput: () => readAll(0),
  writeOutput: (text) => writeAll(1, text),
  writeError: (text) => writeAll(2, text),
  readChunks,
}
