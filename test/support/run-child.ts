// Runs an executable that is linked with native/fuzz/kernel-peer.c against a fake kernel, as run.ts does in this process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { serveChild } from './fake-kernel/child-kernel.ts'
import type { FakeKernel } from './fake-kernel/fake-kernel.ts'
import type { Outcome, RunOptions } from './run.ts'

// As in test/standalone/host.test.ts: without the stack of each allocation.
const ENVIRONMENT = { ASAN_OPTIONS: 'malloc_context_size=0' }

/** @param words of the command line, without the program's name */
export async function runChild(
  executable: string,
  kernel: FakeKernel,
  words: readonly string[],
  { program = 'ipvsadm', input = '' }: Pick<RunOptions, 'program' | 'input'> = {},
): Promise<Omit<Outcome, 'output'>> {
  const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as const
  const child = spawn(executable, words, { argv0: program, env: ENVIRONMENT, stdio: [...stdio] })
  const stream = child.stdio[3] as Duplex
  // A child that reads no stdin closes it.
  child.stdin!.on('error', () => {}).end(input)
  stream.on('error', () => {})
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    once(child, 'close'),
    serveChild(kernel, stream),
  ])
  return { status, stdout, stderr }
}
