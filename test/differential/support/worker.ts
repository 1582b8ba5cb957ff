// Ours as a long-lived process in the guest: a line with a step in, a line with its outcome out. Starting Node costs a
// second there; a command in a running one costs a few milliseconds.
import { createInterface } from 'node:readline'
import { main } from '../../../lib/main.ts'
import { asText } from '../../../lib/model/bytes.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import type { System } from '../../../lib/system/system.ts'
import type { Outcome, Step } from './step.ts'

const bytes = (text: string) => Buffer.from(text).toString('latin1')

async function run({ program, words, input = '', env = {}, user }: Step): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  const system: System = {
    ...nodeSystem,
    privileged: user === undefined,
    env,
    outputTerminal: () => undefined,
    errorIsTerminal: () => false,
    readInput: () => Buffer.from(input, 'latin1'),
    writeOutput: (text) => {
      stdout += bytes(asText(text))
    },
    writeError: (text) => {
      stderr += bytes(text)
    },
  }
  if (user !== undefined) process.seteuid?.(user)
  try {
    return { status: await main(program, words, system), stdout, stderr }
  } finally {
    if (user !== undefined) process.seteuid?.(0)
  }
}

async function answer(line: string): Promise<string> {
  try {
    return JSON.stringify(await run(JSON.parse(line) as Step))
  } catch (error) {
    return JSON.stringify({ status: -1, stdout: '', stderr: `${(error as Error).stack}\n` })
  }
}

async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${await answer(line)}\n`)
  }
}

void serve()
