// Our command: in this process, on another director, or as the program that users start.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { main } from '../../../lib/main.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'

export interface Outcome {
  readonly status: number
  readonly output: string
  readonly errors: string
}

/** Runs a command line in this process. */
export async function runCommand(line: string, input = ''): Promise<Outcome> {
  let output = ''
  let errors = ''
  const status = await main('ipvsadm', line.trim().split(/\s+/), {
    ...nodeSystem,
    readInput: () => Buffer.from(input),
    writeOutput: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  })
  return { status, output, errors }
}

/** This program on another host: it runs the command lines that it is sent. */
export class Peer {
  readonly #process: ChildProcess
  readonly #waiting: ((answer: string) => void)[] = []

  constructor(host: string) {
    const words = ['netns', 'exec', host, process.execPath, process.argv[1]!, '--peer']
    this.#process = spawn('ip', words, { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#process.stdout! }).on('line', (line) => this.#waiting.shift()?.(line))
  }

  /** Types a command, which must succeed; returns its output. */
  async type(line: string): Promise<string> {
    const answer = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve)
      this.#process.stdin!.write(`${line.trim()}\n`)
    })
    const { status, output, errors } = JSON.parse(answer) as Outcome
    if (status !== 0) throw new Error(`ipvsadm ${line.trim()}: ${status} ${errors.trim()}`)
    return output
  }

  close(): void {
    this.#process.stdin!.end()
  }
}

/** The other side of a Peer. */
export async function servePeer(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await runCommand(line))}\n`)
  }
}

export interface ProcessOutcome extends Outcome {
  /** From its start to its end. */
  readonly milliseconds: number
}

/** A program that runs on the director. */
export class Program {
  readonly ended: Promise<ProcessOutcome>
  readonly #process: ChildProcess
  output = ''

  constructor(...words: string[]) {
    const start = performance.now()
    this.#process = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (status) =>
        resolve({
          status: status ?? 255,
          output: this.output,
          errors,
          milliseconds: performance.now() - start,
        }),
      )
    })
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }
}
