// Runs a program in this process against a fake kernel, and catches what it writes.
import { main } from '../../lib/main.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import type { System } from '../../lib/system/system.ts'
import type { FakeKernel } from './fake-kernel/fake-kernel.ts'

export interface RunOptions {
  readonly program?: string
  /** Stdin. */
  readonly input?: string
  readonly env?: System['env']
  /** Other properties of the machine. */
  readonly machine?: Partial<System>
}

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** Both streams, in the order of the writing, as a terminal shows them. */
  readonly output: string
}

/** The content of /proc/net/ip_vs_conn without connections. */
const CONNECTION_HEADING = Buffer.from(
  'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n',
)

/** @param words of the command line, without the program's name; text is split at blanks */
export async function run(
  kernel: FakeKernel,
  words: string | readonly string[],
  { program = 'ipvsadm', input = '', env = {}, machine = {} }: RunOptions = {},
): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  let output = ''
  const system: System = {
    transport: async () => kernel.connect(),
    loadModule: async () => {},
    privileged: true,
    env,
    readInput: () => Buffer.from(input),
    writeOutput: (text) => {
      stdout += text
      output += text
    },
    writeError: (text) => {
      stderr += text
      output += text
    },
    readChunks: () => [CONNECTION_HEADING],
    readFile: (path) => Buffer.concat([...system.readChunks(path)]),
    processId: process.pid,
    names: nodeSystem.names,
    replaceFile: nodeSystem.replaceFile,
    ...machine,
  }
  const split = typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words
  const status = await main(program, split, system)
  return { status, stdout, stderr, output }
}
