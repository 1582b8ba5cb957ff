// Checks the names in lib/: no two modules have one name, and no two modules declare types of one name. Prints each name
// that stands for two things.
//
//   node scripts/names.mjs [FOLDER]     lib/ of the folder, by default of this checkout
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { parseSync } from '@swc/core'

/** The folders of one runtime each: the same module may be in all of them, under the same name. */
const RUNTIMES = ['system/node', 'system/quickjs', 'system/quickjs/packages']

/** Modules outside those folders whose twins for a runtime have their name: its interface, or what the twin replaces. */
const TWINS = [
  'netlink/transport.ts',
  'system/system.ts',
  'model/scan.ts',
  'ipvs/record-reader.ts',
  'output/connection-rows.ts',
  'output/record-rows.ts',
  'rules/plain-requests.ts',
  'rules/plain-entries.ts',
  'rules/entry-requests.ts',
  'rules/entry-comparison.ts',
]

const TYPES = new Set([
  'TsInterfaceDeclaration',
  'TsTypeAliasDeclaration',
  'TsEnumDeclaration',
  'ClassDeclaration',
])

/** The names of the types that a module declares, whether it exports them or not. @param {string} text */
function typesOf(text) {
  return parseSync(text, { syntax: 'typescript', target: 'es2022' }).body.flatMap((statement) => {
    const declaration = statement.type === 'ExportDeclaration' ? statement.declaration : statement
    if (declaration.type === 'ClassDeclaration') return [declaration.identifier.value]
    return TYPES.has(declaration.type) && 'id' in declaration && 'value' in declaration.id
      ? [declaration.id.value]
      : []
  })
}

/** Modules of one name that are not one thing. @param {string[]} files */
function strangers(files) {
  const twins = files.filter((file) => RUNTIMES.includes(posix.dirname(file)))
  const others = files.filter((file) => !twins.includes(file) && !(twins.length > 0 && TWINS.includes(file)))
  return others.length + Math.min(twins.length, 1) > 1
}

/**
 * The files by a name that they have.
 * @param {string[]} files
 * @param {(file: string) => string[]} namesOf
 */
function byName(files, namesOf) {
  /** @type {Map<string, string[]>} */
  const found = new Map()
  for (const file of files) {
    for (const name of new Set(namesOf(file))) found.set(name, [...(found.get(name) ?? []), file])
  }
  return [...found]
}

/**
 * The names in lib/ that stand for two things, a line each.
 * @param {string} folder in which lib/ is
 */
export function ambiguousNames(folder) {
  const root = join(folder, 'lib')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const modules = byName(files.sort(), (file) => [basename(file)])
  const types = byName(files, (file) => typesOf(readFileSync(join(root, file), 'utf8')))
  const line =
    (/** @type {string} */ kind) =>
    (/** @type {[string, string[]]} */ [name, files]) =>
      `the ${kind} ${name}: ${files.map((file) => `lib/${file}`).join(', ')}`
  return [
    ...modules.filter(([, files]) => strangers(files)).map(line('module')),
    ...types.filter(([, files]) => files.length > 1).map(line('type')),
  ]
}

if (process.argv[1] === import.meta.filename) {
  const lines = ambiguousNames(process.argv[2] ?? join(import.meta.dirname, '..'))
  for (const line of lines) console.error(line)
  process.exitCode = lines.length === 0 ? 0 : 1
}
