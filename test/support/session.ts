// Transcripts: command lines with their output and status, as `.txt` files:
//
//     $ ipvsadm -A -t 192.0.2.1:80; ipvsadm -Sn
//     -A -t 192.0.2.1:80 -s wlc
//     [0]
//
// The output is that of both streams. Lines that begin with # are comments.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface Step {
  /** As it was typed. */
  readonly typed: string
  /** Each command's words, the program first. */
  readonly commands: readonly (readonly string[])[]
  readonly output: string
  readonly status: number
}

export interface Session {
  readonly name: string
  readonly steps: readonly Step[]
}

export function readSessions(folder: string): Session[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'))
  return files.sort().map((file) => ({
    name: basename(file, '.txt'),
    steps: parseSession(readFileSync(join(folder, file), 'utf8')),
  }))
}

export function parseSession(text: string): Step[] {
  const steps: Step[] = []
  let typed: string | undefined
  let output = ''
  for (const line of text.split('\n')) {
    const [, status] = /^\[(\d+)\]$/.exec(line) ?? []
    if (line.startsWith('$ ')) {
      typed = line.slice(2)
      output = ''
    } else if (typed !== undefined && status !== undefined) {
      steps.push({ typed, commands: splitCommands(typed), output, status: Number(status) })
      typed = undefined
    } else if (typed !== undefined) {
      output += `${line}\n`
    } else if (line !== '' && !line.startsWith('#')) {
      throw new Error(`not a transcript: ${line}`)
    }
  }
  return steps
}

/** Words by blanks and single quotes, commands by semicolons: all of a shell's grammar that transcripts use. */
function splitCommands(typed: string): string[][] {
  const commands: string[][] = [[]]
  for (const [, quoted, plain, end] of typed.matchAll(/'([^']*)'|([^\s;']+)|(;)/g)) {
    if (end !== undefined) commands.push([])
    else commands.at(-1)!.push(quoted ?? plain ?? '')
  }
  return commands
}
