// The options and words of subcommands, and those that several have.
import { OPTIONS, type Option } from './option-rows.ts'
import type { Spec } from './popt.ts'

/** A word that is not an option. */
export interface WordRow {
  readonly name: string
  readonly optional?: boolean
  readonly choices?: readonly string[]
  /** A file name. */
  readonly file?: boolean
  readonly help: string
}

export interface SubcommandOption extends Spec {
  /** The value's name in the help. */
  readonly valueName?: string
  readonly choices?: readonly string[]
  /** The default. */
  readonly default?: string
  /** May be given more than once. */
  readonly repeatable?: boolean
  readonly help: string
}

/** The rows of the classic table with these ids, in its order. */
export const classic = (...ids: readonly Option['id'][]): readonly Option[] =>
  OPTIONS.filter(({ id }) => ids.includes(id))

export const JSON_OPTION = OPTIONS.find(({ long }) => long === 'json')!

export const FILE: WordRow = {
  name: 'file',
  file: true,
  help: 'rule lines, as ipvsadm-save prints them, or a JSON document; - is stdin',
}

export const SCOPE: SubcommandOption = {
  long: 'scope',
  argument: 'required',
  valueName: 'networks',
  repeatable: true,
  help: 'only services of these networks, protocols and firewall marks: 192.0.2.0/24,tcp,fwmark:1-99',
}
export const KEEP_WEIGHTS: SubcommandOption = {
  long: 'keep-weights',
  argument: 'none',
  help: 'keep the weights of existing real servers, which a health checker may control',
}
export const KEEP_GOING: SubcommandOption = {
  long: 'keep-going',
  argument: 'none',
  help: 'apply the valid lines of a file with errors, and report the others',
}
export const WAIT: SubcommandOption = {
  long: 'wait',
  argument: 'required',
  valueName: 'seconds',
  help: 'seconds to wait for another restore to end; 10 by default',
}
export const VERBOSE: SubcommandOption = {
  long: 'verbose',
  short: 'v',
  argument: 'none',
  help: 'print the changes that were made',
}

export const NO_SERVERS: SubcommandOption = {
  long: 'no-servers',
  argument: 'required',
  valueName: 'networks',
  repeatable: true,
  help: 'leave out the real servers of these services: fwmark, or 0.0.0.0/0,::/0,fwmark for all',
}
