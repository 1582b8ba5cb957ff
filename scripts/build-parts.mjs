// The parts of the standalone executable's program. Each module, and each export of one, has a cost in the engine, and the
// bundler divides the program into many small modules, so those that are loaded together are merged.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

/** The module of every start. */
const ENTRY = 'main.js'
/** Modules of the imports of a file: what reads the words of a classic command, and what it needs once the kernel has ip_vs. */
const MODULES_OF_IMPORTS = [
  ['grammar.js', 'lib/grammar/read-command.ts'],
  ['client.js', 'lib/commands/run-command.ts'],
]

/**
 * Merges modules in `folder`, and has the others import from the merged ones. Code without debugging information
 * cannot import() in this engine: the host loads the module instead.
 * @param metafile the bundler's, of its output in `folder`
 * @param options the bundler's
 * @returns the names of the resulting modules
 */
export async function mergeParts(folder, metafile, options) {
  const parts = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]))
  const importsOf = (name, kind) =>
    parts
      .get(name)
      .imports.filter((each) => each.kind === kind && !each.external)
      .map(({ path }) => basename(path))
  const texts = new Map()
  for (const name of parts.keys()) {
    const text = readFileSync(join(folder, name), 'utf8')
    const expected = [importsOf(name, 'import-statement').length, importsOf(name, 'dynamic-import').length]
    const found = [readImports(text).length, [...text.matchAll(DYNAMIC_IMPORT)].length]
    if (`${found}` !== `${expected}`)
      throw new Error(`${name}: ${found} imports found instead of ${expected}`)
    texts.set(name, text)
  }

  const partOf = (file) => [...parts.keys()].find((name) => parts.get(name).entryPoint === file)
  const groups = new Map()
  const group = new Map()
  for (const [name, roots] of [
    [ENTRY, [ENTRY]],
    ...MODULES_OF_IMPORTS.map(([name, file]) => [name, importsOf(partOf(file), 'import-statement')]),
  ]) {
    const members = new Set(roots.filter((root) => !group.has(root)))
    for (const member of members) {
      group.set(member, name)
      for (const other of importsOf(member, 'import-statement')) if (!group.has(other)) members.add(other)
    }
    groups.set(name, members)
  }
  // In a merged module every export has the number of its former module before its name.
  const numbers = new Map([...group.keys()].map((name, i) => [name, i]))
  const exported = (name, binding) => `m${numbers.get(name)}_${binding}`

  for (const [name, members] of groups)
    texts.set(name, await merge(folder, members, texts, exported, options))
  for (const member of group.keys()) {
    if (!groups.has(member)) texts.delete(member)
    rmSync(join(folder, member))
  }
  for (const [name, text] of texts) {
    const imports = text.replace(IMPORT, (statement, bindings, file) => {
      const merged = group.get(file)
      if (merged === undefined) return statement
      const list = readBindings(bindings).map(([binding, local]) => `${exported(file, binding)} as ${local}`)
      // An import without names only orders effects, of which the merged modules have none on others.
      return list.length > 0 ? `import{${list}}from"./${merged}"` : ''
    })
    const calls = imports.replace(DYNAMIC_IMPORT, 'loadModule$($1)')
    writeFileSync(
      join(folder, name),
      calls === imports ? calls : `import{loadModule as loadModule$}from"host";${calls}`,
    )
  }
  return [...texts.keys()]
}

const IMPORT = /(?<![\w$.])import(?:\{([^}]*)\}from)?"\.\/([^"]+)"/g
const DYNAMIC_IMPORT = /(?<![\w$.])import\(("\.\/[^"]+")\)/g

const readImports = (text) =>
  [...text.matchAll(IMPORT)].map(([, bindings, file]) => ({ file, bindings: readBindings(bindings) }))

/** `a as b,c`: the names in the other module, and those here. */
function readBindings(text = '') {
  const list = text.split(',').filter((each) => each !== '')
  return list.map((each) => each.trim().split(' as ')).map(([name, local = name]) => [name, local])
}

/** The text of some modules in one, with the exports that the others import. */
async function merge(folder, members, texts, exported, options) {
  const others = [...texts.keys()].filter((name) => !members.has(name))
  const used = others
    .flatMap((name) => readImports(texts.get(name)))
    .filter(({ file }) => members.has(file))
    .flatMap(({ file, bindings }) =>
      bindings.map(([name]) => `${name} as ${exported(file, name)}}from"./${file}"`),
    )
  const lines = [
    ...[...members].map((name) => `import"./${name}"`),
    ...[...new Set(used)].map((each) => `export{${each}`),
  ]
  const { outputFiles } = await build({
    ...options,
    stdin: { contents: lines.join('\n'), resolveDir: folder },
    write: false,
    bundle: true,
    external: ['host', ...others.map((name) => `./${name}`)],
  })
  return outputFiles?.[0]?.text
}
