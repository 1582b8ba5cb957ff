// One command of a scenario, and its outcome: the input of both programs, and what is compared.

/** The programs, by the names that scripts call them. */
export const PROGRAMS = ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore'] as const

export interface Step {
  /** A program of ours and the reference's, or another that prepares both machines alike. */
  readonly program: string
  readonly words: readonly string[]
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** The user's id; the superuser's if there is none. */
  readonly user?: number
  /** The target of stdout, if that is not compared. */
  readonly output?: string
  /** Not a command of the two programs: runs once, in the machine that both share. */
  readonly shared?: boolean
  /** A line for the shell, in which the programs are found by their names. */
  readonly shell?: boolean
}

/** Bytes are kept as text of one character a byte, so that none is lost. */
export interface Outcome {
  /** The exit status; 128 and the signal's number if a signal ended the program. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface Scenario {
  readonly title: string
  readonly steps: readonly Step[]
}

/** Whether the outcome of a step is compared: it is a command of the programs, or a line of the shell with some. */
export function isCompared({ program, shell = false }: Step): boolean {
  return shell || (PROGRAMS as readonly string[]).includes(program)
}

/** Whether ours must be a real process, because its streams have faults. */
export function needsProcess({ output, shell = false }: Step): boolean {
  return shell || output !== undefined
}

export const shellStep = (line: string): Step => ({ program: 'sh', words: ['-c', line], shell: true })

/** As one would type it into a shell. */
export function formatStep({ program, words, input, env = {}, user, output, shared, shell }: Step): string {
  if (shell) return words.at(-1)!
  const typed = [
    ...Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`),
    ...(user === undefined ? [] : ['setpriv', `--reuid=${user}`]),
    program,
    ...words.map(quote),
    ...(output === undefined ? [] : ['>', output]),
  ].join(' ')
  const piped = input === undefined ? typed : `printf -- ${quote(encode(input))} | ${typed}`
  return shared ? `! ${piped}` : piped
}

function quote(word: string): string {
  if (/^[\w@%+=:,./[\]-]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\\': '\\\\',
  '%': '%%',
}

function encode(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  return text.replace(/[\x00-\x1f\\%\x7f-\xff]/g, (character) => {
    return ESCAPES[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
  })
}
