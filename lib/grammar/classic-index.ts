// The commands and options of the classic grammar by their names.
import { COMMANDS, type CommandRow } from './command-rows.ts'
import { OPTIONS, type Option } from './option-rows.ts'
import { indexSpecs } from './popt.ts'

export type ClassicRow = CommandRow | Option

export const CLASSIC_INDEX = indexSpecs<ClassicRow>(COMMANDS, OPTIONS)
