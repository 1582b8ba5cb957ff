// The library's types as one file: the declarations that index.d.ts exports, by their public names, and those that they
// use. The compiler's other output describes internals, on which no program may depend.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/**
 * @typedef {{ readonly name: string, readonly text: string }} Declaration
 * @typedef {{ readonly file: string, readonly name: string }} Place
 * @typedef {{
 *   readonly declarations: Map<string, Declaration>,
 *   readonly imports: Map<string, Place>,
 *   readonly exports: { readonly place: Place, readonly as: string, readonly isType: boolean }[],
 * }} Module
 */

/** `await using` is no part of the libraries that a program for Node 20 names. */
const LIBRARIES = '/// <reference lib="esnext.disposable" />\n'

/**
 * @param {string} root the checkout
 * @param {string} file to write
 */
export function writeTypes(root, file) {
  const folder = mkdtempSync(join(root, 'node_modules', '.types-'))
  try {
    const words = ['--project', join(root, 'tsconfig.types.json'), '--outDir', folder]
    execFileSync(join(root, 'node_modules/.bin/tsc'), words)
    const text = rolledUp('index.d.ts', (name) => readFileSync(join(folder, name), 'utf8'))
    mkdirSync(posix.dirname(file), { recursive: true })
    writeFileSync(file, `${LIBRARIES}${text}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} entry
 * @param {(file: string) => string} read
 */
export function rolledUp(entry, read) {
  /** @type {Map<string, Module>} */
  const modules = new Map()
  const moduleOf = (/** @type {string} */ file) => {
    const module = modules.get(file) ?? parse(file, read(file))
    modules.set(file, module)
    return module
  }
  /** @type {Map<string, { place: Place, text: string }>} */
  const found = new Map()
  const add = (/** @type {Place} */ { file, name }) => {
    const module = moduleOf(file)
    const imported = module.imports.get(name)
    if (imported !== undefined) {
      if (imported.name !== name) throw new Error(`${file}: ${name} is imported by another name`)
      return add(imported)
    }
    const declaration = module.declarations.get(name)
    if (declaration === undefined) throw new Error(`${file}: no declaration of ${name}`)
    const known = found.get(name)
    if (known !== undefined) {
      if (known.place.file !== file)
        throw new Error(`${name} is declared in ${known.place.file} and in ${file}`)
      return
    }
    found.set(name, { place: { file, name }, text: declaration.text })
    for (const word of wordsOf(declaration.text)) {
      if (word !== name && (module.declarations.has(word) || module.imports.has(word)))
        add({ file, name: word })
    }
  }
  const { declarations, exports } = moduleOf(entry)
  /** By the names inside. @type {Map<string, string>} */
  const publicNames = new Map()
  const names = [
    ...exports.map(({ place, as, isType }) => {
      add(place)
      publicNames.set(place.name, as)
      return { name: as, isType }
    }),
    ...[...declarations.values()].map(({ name, text }) => {
      add({ file: entry, name })
      return { name, isType: /^(\/\*\*.*?\*\/\n)?(interface|type) /s.test(text) }
    }),
  ]
  const nameOf = (/** @type {string} */ inside) => publicNames.get(inside) ?? inside
  const all = [...found].map(([inside, { text }]) => ({
    name: nameOf(inside),
    text: text.replaceAll(/[A-Za-z_$][\w$]*/g, nameOf),
  }))
  const byName = (/** @type {{ name: string }} */ a, /** @type {{ name: string }} */ b) =>
    a.name < b.name ? -1 : 1
  all.sort(byName).forEach(({ name }, i) => {
    if (all[i + 1]?.name === name) throw new Error(`two declarations have the public name ${name}`)
  })
  const lines = names.sort(byName).map(({ name, isType }) => `    ${isType ? 'type ' : ''}${name},\n`)
  return `${all.map(({ text }) => text).join('\n')}\nexport {\n${lines.join('')}};\n`
}

/** Words of a declaration outside of its comments and texts. @param {string} text */
function wordsOf(text) {
  if (text.includes('import(')) throw new Error(`a type that is imported in place:\n${text}`)
  const code = text.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/'[^']*'|"[^"]*"/g, '')
  return new Set(code.match(/[A-Za-z_$][\w$]*/g))
}

/** A file as the compiler writes it: statements begin at the first column. @param {string} file @param {string} text */
function parse(file, text) {
  /** @type {Module} */
  const module = { declarations: new Map(), imports: new Map(), exports: [] }
  let rest = text
  for (let match = nextStatement(rest); match !== undefined; match = nextStatement(rest)) {
    rest = rest.slice(match.length)
    read(file, match, module)
  }
  if (rest.trim() !== '') throw new Error(`${file}: not understood: ${rest}`)
  return module
}

/** Comments and one statement: up to the end of the first line after which no bracket is open. @param {string} text */
function nextStatement(text) {
  const comments = /^(\s*(\/\*.*?\*\/|\/\/[^\n]*)\n)*/s.exec(text)?.[0] ?? ''
  const isBlock = /^(export )?(declare )?(abstract )?(class|interface) /.test(text.slice(comments.length))
  let depth = 0
  let length = comments.length
  for (const line of text.slice(comments.length).split('\n')) {
    length += line.length + 1
    const code = line.replaceAll(/^\s*(\/?\*).*$|\/\*.*?\*\//g, '').replaceAll(/'[^']*'|"[^"]*"/g, '')
    depth += (code.match(/[{([]/g)?.length ?? 0) - (code.match(/[})\]]/g)?.length ?? 0)
    if (depth === 0 && line.trimEnd().endsWith(isBlock ? '}' : ';')) return text.slice(0, length)
  }
  return undefined
}

/** @param {string} file @param {string} statement @param {Module} module */
function read(file, statement, module) {
  const code = statement.replace(/^(\s*(\/\*.*?\*\/|\/\/[^\n]*)\n)*/s, '')
  const list = /^(import|export)( type)? \{(.*?)\} from '(.*)\.ts';/s.exec(code)
  if (list !== null) {
    const [, word, allTypes, names = '', from = ''] = list
    const target = posix.join(posix.dirname(file), `${from}.d.ts`)
    for (const entry of names.split(',').filter((entry) => entry.trim() !== '')) {
      const [, isType, name = '', as = name] = /^\s*(type )?(\w+)(?: as (\w+))?\s*$/.exec(entry) ?? []
      const place = { file: target, name }
      if (word === 'import') module.imports.set(as, place)
      else module.exports.push({ place, as, isType: allTypes !== undefined || isType !== undefined })
    }
    return
  }
  const name = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const) (\w+)/.exec(
    code,
  )?.[1]
  if (name !== undefined) {
    const text = `${statement.slice(0, statement.length - code.length)}${code.replace(/^export /, '')}`.trim()
    module.declarations.set(name, { name, text })
  } else if (!/^(import .*|export \{\});\s*$/s.test(code)) throw new Error(`${file}: not understood: ${code}`)
}
