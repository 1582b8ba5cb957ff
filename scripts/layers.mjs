// Checks the layers of lib/: a file imports only from the layers below its own, and no imports run in a circle. Imports
// of types count. Prints each import that breaks the rule; docs/architecture.md explains the order of the layers.
//
//   node scripts/layers.mjs [FOLDER]     lib/ of the folder, by default of this checkout
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { cruise } from 'dependency-cruiser'

/** The folders of the runtimes. Only they, the folders for Node alone, and the entries may import modules of Node.js. */
const RUNTIMES = ['system/node/', 'system/quickjs/']

/** Folders that run on Node alone. */
const ON_NODE = ['serve/', 'fleet/', 'agent/']

/** The layers, the lowest first: beginnings of paths in lib/. The parts of one layer do not import from each other. */
const LAYERS = [
  ['model/'],
  ['netlink/'],
  ['system/'],
  ['ipvs/'],
  ['output/'],
  ['grammar/'],
  ['rules/'],
  ['reconcile/'],
  ['help/', 'drain/', 'doctor/', 'top/', 'library/', 'metrics/'],
  ['commands/'],
  ['serve/', 'fleet/'],
  ['agent/'],
  ['status.ts'],
  ['report.ts'],
  ['main.ts'],
  RUNTIMES,
  ['main-', 'index.ts'],
]

/** @type {import('dependency-cruiser').ICruiseOptions} */
const OPTIONS = {
  // TypeScript 7 has no parser for other programs.
  parser: 'swc',
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  validate: true,
  ruleSet: {
    forbidden: [{ name: 'circle', severity: 'error', from: {}, to: { circular: true } }],
  },
}

/** The part of lib/ that a file belongs to: the longest that its path begins with. @param {string} file */
function partOf(file) {
  const parts = LAYERS.flat().filter((part) => file.startsWith(`lib/${part}`))
  return parts.sort((a, b) => b.length - a.length)[0]
}

/** @param {string} part */
const levelOf = (part) => LAYERS.findIndex((layer) => layer.includes(part))

/**
 * The reason why an import breaks the rule, or undefined.
 * @param {string} from a file of lib/
 * @param {string} to a file of lib/, or a module of Node.js without its `node:`
 * @param {boolean} core whether it is such a module
 */
function complaint(from, to, core) {
  const part = partOf(from)
  if (part === undefined) return `${from} is in no layer of scripts/layers.mjs`
  if (core) {
    return part === 'main-' || RUNTIMES.includes(part) || ON_NODE.includes(part)
      ? undefined
      : `${from} imports node:${to}: only lib/system/<runtime>/, lib/agent/, lib/fleet/, lib/serve/ and lib/main-*.ts use modules of Node.js`
  }
  const target = partOf(to)
  if (target === undefined) return `${from} imports ${to}, which is in no layer of scripts/layers.mjs`
  if (target === part || levelOf(target) < levelOf(part)) return undefined
  const relation = levelOf(target) === levelOf(part) ? 'is beside' : 'is above'
  return `${from} imports ${to}: ${target} ${relation} ${part}`
}

/**
 * The files in `import('…')` types of a file, which the parser skips.
 * @param {string} folder
 * @param {string} file
 */
function importedInPlace(folder, file) {
  const text = readFileSync(join(folder, file), 'utf8')
  return [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, path]) =>
    posix.join(posix.dirname(file), String(path)),
  )
}

/**
 * The imports of lib/ that break the rule, a line each.
 * @param {string} folder in which lib/ is
 */
export async function brokenLayers(folder) {
  const { output } = await cruise(['lib'], { ...OPTIONS, baseDir: folder })
  if (typeof output === 'string') throw new Error(output)
  const circles = new Set()
  const lines = new Set()
  for (const { source, dependencies } of output.modules.filter(({ source }) => source.startsWith('lib/'))) {
    if (partOf(source) === undefined) lines.add(complaint(source, '', false))
    for (const path of importedInPlace(folder, source)) lines.add(complaint(source, path, false))
    for (const { resolved, cycle, coreModule } of dependencies) {
      if (cycle !== undefined) {
        const names = cycle.map(({ name }) => name)
        const key = [...names].sort().join()
        if (!circles.has(key)) lines.add(`circle: ${[source, ...names].join(' → ')}`)
        circles.add(key)
      }
      if (resolved.startsWith('lib/') || coreModule) lines.add(complaint(source, resolved, coreModule))
    }
  }
  lines.delete(undefined)
  return [...lines].sort()
}

if (process.argv[1] === import.meta.filename) {
  const lines = await brokenLayers(process.argv[2] ?? join(import.meta.dirname, '..'))
  for (const line of lines) console.error(line)
  process.exitCode = lines.length === 0 ? 0 : 1
}
