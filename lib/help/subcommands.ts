// What the subcommands say of themselves, without running yargs: a summary, and their words and options.
import type { Argv } from 'yargs'
import { SUBCOMMANDS } from '../commands/index.ts'

export interface SubcommandOption {
  /** With their dashes, short ones first. */
  readonly names: readonly string[]
  readonly takesValue: boolean
  readonly choices: readonly string[]
  readonly text: string
}

export interface SubcommandWord {
  readonly name: string
  readonly choices: readonly string[]
  readonly text: string
}

export interface SubcommandHelp {
  readonly name: string
  /** Its words as yargs takes them, for example `apply <file>`. */
  readonly usage: string
  readonly summary: string
  readonly words: readonly SubcommandWord[]
  readonly options: readonly SubcommandOption[]
}

/** All subcommands, in their order. */
export async function subcommandHelp(): Promise<SubcommandHelp[]> {
  return await Promise.all(
    Object.entries(SUBCOMMANDS).map(async ([name, load]) => {
      const { usage, summary, options } = await load()
      return { name, usage, summary, ...declared(options) }
    }),
  )
}

/** What a declaration of yargs says of one option or word, as far as it is used here. */
interface Declaration {
  readonly alias?: string | readonly string[]
  readonly type?: string
  readonly choices?: readonly unknown[]
  readonly describe?: string
  readonly description?: string
  readonly desc?: string
  readonly hidden?: boolean
}

/** Hands a stand-in for yargs to `declare` and listens. */
function declared(declare: (yargs: Argv) => Argv): Pick<SubcommandHelp, 'words' | 'options'> {
  const words: SubcommandWord[] = []
  const options: SubcommandOption[] = []
  const listen = (method: string, name: unknown, more: Declaration = {}) => {
    if (method === 'options' || (method === 'option' && typeof name === 'object')) {
      for (const [key, value] of Object.entries(name as Record<string, Declaration>))
        listen('option', key, value)
    } else if (method === 'positional') {
      words.push({ name: String(name), choices: (more.choices ?? []).map(String), text: textOf(more) })
    } else if (method === 'option' && more.hidden !== true) {
      options.push(optionOf(String(name), more))
    }
  }
  const standIn: Argv = new Proxy({} as Argv, {
    get:
      (_target, method) =>
      (...words: [unknown, Declaration?]) => {
        listen(String(method), ...words)
        return standIn
      },
  })
  declare(standIn)
  return { words, options }
}

function optionOf(name: string, declaration: Declaration): SubcommandOption {
  const { alias = [], type, choices = [] } = declaration
  const names = [name, ...(typeof alias === 'string' ? [alias] : alias)]
  return {
    names: names
      .map((one) => (one.length === 1 ? `-${one}` : `--${one}`))
      .sort((a, b) => a.length - b.length),
    takesValue: type !== undefined ? type !== 'boolean' && type !== 'count' : choices.length > 0,
    choices: choices.map(String),
    text: textOf(declaration),
  }
}

const textOf = ({ describe, description, desc }: Declaration): string => describe ?? description ?? desc ?? ''
