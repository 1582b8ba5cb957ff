// One command of a scenario, and what came of it: what both programs are given, and what is compared.

/** The programs, by the names that scripts call them. */
export const PROGRAMS = ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore'] as const
export type Program = (typeof PROGRAMS)[number]

export interface Step {
  /** A program of ours and the reference's, or another that prepares both machines alike. */
  readonly program: string
  readonly words: readonly string[]
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** The user's id; the superuser's if there is none. */
  readonly user?: number
  /** Where stdout goes, if not to the comparison. */
  readonly output?: string
  /** Not a command of the two programs: runs once, in the machine that both share. */
  readonly shared?: boolean
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

export function isProgram(name: string): name is Program {
  return (PROGRAMS as readonly string[]).includes(name)
}

/** As one would type it into a shell. */
export function formatStep({ program, words, input, env = {}, user, output, shared }: Step): string {
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
