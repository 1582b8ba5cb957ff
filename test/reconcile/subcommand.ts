// Runs a subcommand in this process against a fake kernel, without the reader of its words (yargs cannot be loaded in
// here; the built program is tried with words in test/restore).
import { SUBCOMMANDS } from '../../lib/commands/load-subcommand.ts'
import { describe } from '../../lib/output/messages.ts'
import { statusOf, statusOfError } from '../../lib/status.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import type { System } from '../../lib/system/system.ts'
import type { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

/** @param text of the one file that there is */
export async function subcommand(
  kernel: FakeKernel,
  name: 'apply' | 'check' | 'diff',
  text: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = ''
  let stderr = ''
  const system: System = {
    transport: async () => kernel.connect(),
    loadModule: async () => {},
    privileged: true,
    env: {},
    readInput: () => Buffer.from(text),
    writeOutput: (more) => {
      stdout += more
    },
    writeError: (more) => {
      stderr += more
    },
    readChunks: () => [Buffer.from(text)],
    readFile: () => Buffer.from(text),
    names: nodeSystem.names,
    replaceFile: nodeSystem.replaceFile,
  }
  const { run } = await SUBCOMMANDS[name]!()
  try {
    const status = statusOf(await run({ file: 'rules', wait: '1', ...args }, system))
    return { status, stdout, stderr }
  } catch (error) {
    return { status: statusOfError(error as Error), stdout, stderr: `${describe(error as Error)}\n` }
  }
}
