// The licences of the packages whose code is in dist/: those that esbuild has bundled, and others that are named.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** C++ headers that are compiled into the addon, in an unknown version. */
export const IN_THE_ADDON = 'node-addon-api'

const LICENCE = /^(licen[cs]e|copying|notice)/i
const HEADING =
  'The files beside this one contain code of the following packages, each under the licence that is given here.\n'

/**
 * Writes the licences of everything in `bundles`, results of esbuild with a metafile, to `file`.
 * @param {{ folders?: string[], others?: Record<string, string>[] }} more as for the bill of materials; `text` is the file of
 *   a material's licence
 * @throws Error at a package without a licence
 */
export function writeLicences(root, bundles, file, more) {
  const { folders = [], others = [] } = more
  const packages = [...folders, ...bundledFolders(bundles)].map((folder) => section(root, folder))
  const materials = others.map(({ name, version, licence, text }) =>
    formatted(`${name} ${version} (${licence})`, [readFileSync(text, 'utf8')]),
  )
  // A package may be in several places.
  const sections = new Set([...packages, ...materials])
  writeFileSync(file, [HEADING, ...[...sections].sort()].join(`\n${'─'.repeat(80)}\n\n`))
}

/** The folders of the packages that are in `bundles`, results with a metafile. */
export function bundledFolders(bundles) {
  const folders = new Set()
  for (const { metafile } of bundles) {
    for (const { inputs } of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const [folder] = /^.*\bnode_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? []
        if (folder && bytesInOutput > 0) folders.add(folder.slice(folder.indexOf('node_modules/')))
      }
    }
  }
  return [...folders]
}

function section(root, folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const files = readdirSync(join(root, folder)).filter((entry) => LICENCE.test(entry))
  const texts = files.sort().map((entry) => readFileSync(join(root, folder, entry), 'utf8'))
  if (texts.length === 0) throw new Error(`${folder} has no licence`)
  const title = name === IN_THE_ADDON ? name : `${name} ${version}`
  return formatted(`${title} (${license})`, texts)
}

const formatted = (title, texts) =>
  [title, ...texts.map((text) => text.replaceAll('\r', '').trim())].join('\n\n').concat('\n')
