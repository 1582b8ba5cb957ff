// The standalone executable: the program in one bundle, split where something is loaded on demand, each part compiled to
// bytecode, and all of them linked with the engine and the host (scripts/build-native.mjs).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { KERNEL_PEER, NativeBuild, TARGETS } from './build-native.mjs'
import { mergeParts } from './build-parts.mjs'

/** Packages for Node, and our replacements. */
const STAND_INS = { yargs: 'yargs.ts', 'string-width': 'string-width.ts' }

const withoutNode = (root) => ({
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(yargs|string-width)$/ }, ({ path, kind }) => {
      const file = join('lib/system/quickjs/packages', STAND_INS[path])
      // The names of chunks derive from the paths of a namespace too: they must not have the checkout's.
      return kind === 'require-call' ? { path: file, namespace: 'for-require' } : { path: join(root, file) }
    })
    // Loops that the host has in C.
    onResolve(
      {
        filter:
          /\/(scan|record-reader|record-rows|connection-rows|plain-requests|plain-entries|entry-requests|entry-comparison)\.ts$/,
      },
      ({ path }) => ({
        path: join(root, 'lib/system/quickjs/packages', basename(path)),
      }),
    )
    // A package that requires it expects the function.
    onLoad({ filter: /.*/, namespace: 'for-require' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(`./${path}`)}).default`,
      resolveDir: root,
    }))
    // Parts of packages that are not exported.
    onResolve({ filter: /^(cliui|yargs|yargs-parser)\/.*\.js$/ }, ({ path }) => ({
      path: join(root, 'node_modules', path),
    }))
    // An optional package of cli-table3 for colours, which are already in the text.
    onResolve({ filter: /^@colors\/colors/ }, () => ({ path: 'colors', namespace: 'nothing' }))
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {}' }))
  },
})

/** @type {import('esbuild').BuildOptions} */
const OPTIONS = {
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
}

/** The modules in the snapshot (native/snapshot.c), in the order of their evaluation: the others import from the first. */
const EVALUATED = ['main.js', 'grammar.js', 'client.js']

/** Bundles the program into `folder`; the metafile. */
async function bundle(root, define, folder) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: join(root, 'lib/main-quickjs.ts') },
    outdir: folder,
    ...OPTIONS,
    define,
    bundle: true,
    splitting: true,
    mainFields: ['module', 'main'],
    conditions: ['import'],
    preserveSymlinks: true,
    metafile: true,
    chunkNames: '[name]-[hash]',
    external: ['host'],
    loader: { '.txt': 'text' },
    plugins: [withoutNode(root)],
  })
  return metafile
}

/** Objects that native/main.c does not add to the engine, because they take time at each start. */
function refuseMissing(name, text) {
  const [found] = /(?<![\w$.])(Date|WeakRef|FinalizationRegistry)(?![\w$])/.exec(text) ?? []
  if (found !== undefined) throw new Error(`${name}: the engine has no ${found} (native/main.c)`)
}

/**
 * Bundles the program, compiles it, and has `link` make executables of its modules, for some of the TARGETS.
 * @param define replacements of names in the program
 * @param {(native: NativeBuild, modules: { name: string, file: string }[], folder: string) => Promise<void>} link
 * @returns the bundler's metafile
 */
async function compile(root, define, targets, link) {
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-standalone-'))
  try {
    const metafile = await bundle(root, define, folder)
    const merged = await mergeParts(folder, metafile, OPTIONS)
    const names = [...EVALUATED, ...merged.filter((name) => !EVALUATED.includes(name))]
    for (const name of names) refuseMissing(name, readFileSync(join(folder, name), 'utf8'))
    const modules = names.map((name) => ({ name, file: join(folder, `${name}.bin`) }))
    const native = new NativeBuild(root)
    await native.prepare(targets.map((name) => TARGETS[name]))
    await native.compileModules(modules.map(({ name, file }) => [join(folder, name), file]))
    await link(native, modules, folder)
    return metafile
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Makes the executable for the machines of `targets`: names, and the file for each.
 * @param symbols whether it has the names of functions
 * @returns the bundler's metafile
 */
export const buildStandalone = (root, define, targets, symbols = false) =>
  compile(root, define, Object.keys(targets), async (native, modules, folder) => {
    for (const [name, file] of Object.entries(targets))
      await native.link(TARGETS[name], modules, folder, file, { evaluated: EVALUATED.length, symbols })
  })

/** Makes an executable for this machine that has sanitizers and talks to a fake kernel (KERNEL_PEER). */
export const buildChecked = (root, define, file) =>
  compile(root, define, [], (native, modules, folder) =>
    native.linkChecked(modules, folder, file, KERNEL_PEER),
  )
