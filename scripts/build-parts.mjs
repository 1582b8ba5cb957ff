// The parts of the standalone executable's program. Each module has a cost in the engine, and the bundler
// divides the program into many small ones, so the modules of every start are merged.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

const ENTRY = 'main.js'

/**
 * Merges in `folder` all modules that the entry imports into it, and has the others import from it. Code without debugging
 * information cannot import() in this engine: the host loads the module instead.
 * @param metafile the bundler's, of its output in `folder`
 * @param options the bundler's
 * @returns the names of the remaining modules
 */
export async function mergeParts(folder, metafile, options) {
  const parts = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]))
  const importsOf = (name, kind) =>
    parts
      .get(name)
      .imports.filter((each) => each.kind === kind && !each.external)
      .map(({ path }) => basename(path))
  const core = new Set([ENTRY])
  for (const name of core) for (const other of importsOf(name, 'import-statement')) core.add(other)
  const others = [...parts.keys()].filter((name) => !core.has(name))

  // In the merged module every export has the number of its former module before its name.
  const numbers = new Map([...core].map((name, i) => [name, i]))
  const exported = (name, binding) => `m${numbers.get(name)}_${binding}`
  const lines = [...core].map((name) => {
    const names = parts.get(name).exports.map((binding) => `${binding} as ${exported(name, binding)}`)
    return `export {${names}} from './${name}'`
  })
  await build({
    ...options,
    stdin: { contents: [`import './${ENTRY}'`, ...lines].join('\n'), resolveDir: folder },
    outfile: join(folder, 'merged.js'),
    bundle: true,
    external: ['host', ...others.map((name) => `./${name}`)],
  })
  for (const name of others) {
    const from = importsOf(name, 'import-statement').filter((other) => core.has(other)).length
    rewrite(join(folder, name), importsOf(name, 'dynamic-import').length, from, (file, bindings) => {
      if (!core.has(file)) return undefined
      // The module has already been evaluated.
      if (bindings === undefined) return ''
      return `import{${renamed(bindings, (binding) => exported(file, binding))}}from"./${ENTRY}"`
    })
  }
  const dynamic = [...core].reduce((sum, name) => sum + importsOf(name, 'dynamic-import').length, 0)
  writeFileSync(join(folder, ENTRY), readFileSync(join(folder, 'merged.js')))
  rmSync(join(folder, 'merged.js'))
  rewrite(join(folder, ENTRY), dynamic, 0, () => undefined)
  return [ENTRY, ...others]
}

/** `a as b,c` with other names for the imports. */
function renamed(bindings, rename) {
  return bindings
    .split(',')
    .map((each) => each.trim().split(' as '))
    .map(([imported, local = imported]) => `${rename(imported)} as ${local}`)
}

/** Replaces import() and the import statements that `replace` has something for, and throws unless all were found. */
function rewrite(file, dynamic, statements, replace) {
  const found = { dynamic: 0, statements: 0 }
  const text = readFileSync(file, 'utf8')
    .replace(/(?<![\w$.])import\(("\.\/[^"]+")\)/g, (_, name) => {
      found.dynamic++
      return `loadModule$(${name})`
    })
    .replace(/(?<![\w$.])import(?:\{([^}]*)\}from)?"\.\/([^"]+)"/g, (whole, bindings, name) => {
      const other = replace(name, bindings)
      if (other !== undefined) found.statements++
      return other ?? whole
    })
  if (found.dynamic !== dynamic || found.statements !== statements) {
    throw new Error(`${file}: ${JSON.stringify(found)} imports found instead of ${dynamic} and ${statements}`)
  }
  writeFileSync(file, dynamic === 0 ? text : `import{loadModule as loadModule$}from"host";${text}`)
}
