// A fake kernel in a process of its own, for benchmarks: its memory and processor time are not those of the caller. As with
// the real one, the caller has to wait for an answer in the system call that reads it.
//
//     const kernel = await startKernel('kernel.mjs', folder)    // a bundle of kernel-child.ts
//     const system = { ...nodeSystem, privileged: true, transport: async () => kernel.connect() }
//     …
//     kernel.stop()
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import type { Transport } from '../../../lib/netlink/transport.ts'
import { FrameTransport } from './frame-transport.ts'
import type { Fifos } from './kernel-child.ts'

export interface KernelProcess {
  /** A socket of its own; all see the same tables. */
  connect(): Transport
  stop(): void
}

/**
 * @param program a bundle of kernel-child.ts
 * @param folder for FIFOs, which are made
 * @param processor the process runs on this one alone; undefined: as its parent
 */
export async function startKernel(
  program: string,
  folder: string,
  processor?: number,
): Promise<KernelProcess> {
  const words = [process.execPath, program]
  const pinned = processor === undefined ? words : ['taskset', '-c', `${processor}`, ...words]
  const child = spawn(pinned[0]!, pinned.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the fake kernel has ended')))
  ended.catch(() => {})
  await Promise.race([once(child, 'message'), ended])
  let sockets = 0
  return {
    connect: () => {
      const number = sockets++
      const fifos = {
        requests: join(folder, `requests-${number}`),
        replies: join(folder, `replies-${number}`),
      } satisfies Fifos
      execFileSync('mkfifo', [fifos.requests, fifos.replies])
      child.send(fifos)
      // Each waits until the other side opens it.
      return new FrameTransport({
        requests: openSync(fifos.requests, 'w'),
        replies: openSync(fifos.replies, 'r'),
      })
    },
    stop: () => child.disconnect(),
  }
}
