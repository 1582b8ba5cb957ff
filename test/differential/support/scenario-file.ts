// Scenario files: what one would type into a shell, a command a line.
//
//     == title                                   begins a scenario, with both tables empty
//     ipvsadm -A -t 192.0.2.1:80 -s 'rr'         a command; words are quoted by ' or "
//     printf -- '-C\n' | ipvsadm -R              what it reads; \n \t \r \f \v \\ \NNN are as printf has them, and %%
//     POSIXLY_CORRECT=1 ipvsadm -L x -Q          its environment
//     setpriv --reuid=65534 ipvsadm -L           its user
//     ipvsadm -Ln > /dev/full                    where its output goes
//     $ ipvsadm -Ln | head -n 1                  a line for the shell, with real programs: what it says is compared
//     ip link set lo mtu 1500                    another program makes both machines ready
//     ! sh -c 'echo 192.0.2.7 web >> /etc/hosts' the same, once, for both
//
// Lines that begin with # are comments.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Scenario, type Step, shellStep } from './step.ts'

export interface ScenarioFile {
  readonly theme: string
  readonly scenarios: readonly Scenario[]
}

/** The files of a folder under test/differential, by theme. */
export function readScenarioFiles(folder: string): ScenarioFile[] {
  const path = join(__dirname, '..', folder)
  const files = readdirSync(path).filter((file) => file.endsWith('.txt'))
  return files.sort().map((file) => ({
    theme: basename(file, '.txt'),
    scenarios: parseScenarios(readFileSync(join(path, file), 'utf8')),
  }))
}

export function parseScenarios(text: string): Scenario[] {
  const scenarios: { title: string; steps: Step[] }[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('== ')) scenarios.push({ title: line.slice(3), steps: [] })
    else if (scenarios.length === 0) throw new Error(`no title before: ${line}`)
    else scenarios.at(-1)!.steps.push(parseStep(line))
  }
  return scenarios
}

export function parseStep(line: string): Step {
  if (line.startsWith('$ ')) return shellStep(line.slice(2))
  const shared = line.startsWith('! ')
  let words = splitWords(shared ? line.slice(2) : line)
  let step: Omit<Step, 'program' | 'words'> = shared ? { shared } : {}
  if (words[0] === 'printf' && words[3] === '|') {
    step = { ...step, input: decode(words[2]!) }
    words = words.slice(4)
  }
  const env: Record<string, string> = {}
  for (let assignment = readAssignment(words[0]); assignment; assignment = readAssignment(words[0])) {
    env[assignment.name] = assignment.value
    words = words.slice(1)
  }
  if (Object.keys(env).length > 0) step = { ...step, env }
  if (words[0] === 'setpriv') {
    step = { ...step, user: Number(words[1]?.slice('--reuid='.length)) }
    words = words.slice(2)
  }
  if (words.at(-2) === '>') {
    step = { ...step, output: words.at(-1)! }
    words = words.slice(0, -2)
  }
  const [program, ...rest] = words
  if (program === undefined) throw new Error(`no command: ${line}`)
  return { program, words: rest, ...step }
}

function readAssignment(word = ''): { name: string; value: string } | undefined {
  const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(word) ?? []
  return name === undefined ? undefined : { name, value: value! }
}

/** Words by blanks, with parts in single or double quotes. */
function splitWords(line: string): string[] {
  const words: string[] = []
  for (const [word] of line.matchAll(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g)) {
    words.push(
      word.replaceAll(
        /'([^']*)'|"([^"]*)"|\\(.)/g,
        (_, single?: string, double?: string, escaped?: string) => single ?? double ?? escaped ?? '',
      ),
    )
  }
  return words
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', '\\': '\\' }

function decode(format: string): string {
  return format.replaceAll(/%%|\\([0-7]{1,3}|.)/g, (whole, code?: string) => {
    if (code === undefined) return whole.slice(1)
    return ESCAPES[code] ?? String.fromCharCode(Number.parseInt(code, 8))
  })
}
