// The machine as Node gives it.
import { fstatSync } from 'node:fs'
import { readAll, readChunks, writeAll } from './files.ts'
import type { Interruption, System } from './system.ts'

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
  outputTerminal() {
    if (!isTerminal(1)) return undefined
    const { columns, rows } = process.stdout
    return { columns: columns || 80, rows: rows || 24 }
  },
  errorIsTerminal: () => isTerminal(2),
  async lock(name, holder, wait) {
    const { acquireLock } = await import('./lock.ts')
    return await acquireLock(name, holder, wait)
  },
  onInterrupt,
}

/** Pipes and files are told apart without the runtime's stream objects, which take long to make. */
function isTerminal(descriptor: 1 | 2): boolean {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false
  } catch {
    return false
  }
  return (descriptor === 1 ? process.stdout : process.stderr).isTTY === true
}

const INTERRUPTIONS: readonly Interruption[] = ['SIGINT', 'SIGTERM']

function onInterrupt(listener: (signal: Interruption) => void): () => void {
  for (const signal of INTERRUPTIONS) process.on(signal, listener)
  return () => {
    for (const signal of INTERRUPTIONS) process.removeListener(signal, listener)
  }
}
