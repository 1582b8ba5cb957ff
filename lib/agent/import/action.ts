// `ipvsadm agent import FILE`: prints what another program's configuration becomes, or writes it to a folder.
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readText } from '../../commands/file-options.ts'
import type { OptionValues } from '../../grammar/subcommand-rows.ts'
import { visible } from '../../output/visible.ts'
import type { System } from '../../system/system.ts'
import type { Imported } from './imported.ts'
import { importKeepalived } from './keepalived.ts'
import { importLdirectord } from './ldirectord.ts'

/** The folder of the files, if none is named. */
const USUAL_FOLDER = '/etc/ipvsadm'

/** Imports the file; gives the reasons why it cannot, if any. */
export function importFile(args: OptionValues, system: System): readonly string[] {
  if (args.file === undefined) return ['import: name the file of ldirectord or keepalived']
  const path = String(args.file)
  const folder = args.output === undefined ? USUAL_FOLDER : resolve(String(args.output))
  const files = { rules: join(folder, 'rules'), config: join(folder, 'agent.yaml') }
  const text = readText(path, system)
  const read = importerOf(text)
  if (read === undefined)
    return [`${path}: has neither virtual= of ldirectord nor virtual_server of keepalived`]
  const { rules, config, notes } = read(text, files.rules)
  if (args.output === undefined) {
    system.writeOutput(`# ${files.rules}\n${rules}\n# ${files.config}\n${config}`)
  } else {
    const existing = Object.values(files).find((file) => existsSync(file))
    if (existing !== undefined) return [`${existing} exists already: name another folder`]
    mkdirSync(folder, { recursive: true })
    system.replaceFile(files.rules, rules)
    system.replaceFile(files.config, config)
  }
  for (const { line, message } of notes) system.writeError(`${visible(path)}:${line}: ${message}\n`)
  return []
}

/** By what is in the file: its name may be any. */
function importerOf(text: string): ((text: string, rulesPath: string) => Imported) | undefined {
  if (/^[ \t]*virtual_server\b/m.test(text)) return importKeepalived
  return /^[ \t]*virtual6?[ \t]*=/m.test(text) ? importLdirectord : undefined
}
