// The bundles: one for the three programs, split where something is loaded on demand, and one for the library. They and
// their files are made in another folder, which replaces dist/ when it is complete: a build that
// fails or is interrupted leaves dist/ unchanged. (`scripts/build` runs one build at a time.)
import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { writeBillOfMaterials } from './build-bom.mjs'
import { writeCodeCache } from './build-cache.mjs'
import { commitDefinition } from './build-commit.mjs'
import { IN_THE_ADDON, writeLicences } from './build-licences.mjs'
import { materials } from './build-native.mjs'
import { addonBesideBundle, pageAsText } from './build-runtimes.mjs'
import { buildStandalone } from './build-standalone.mjs'
import { writeTypes } from './build-types.mjs'

const root = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '..')
const place = join(root, 'dist')
const former = join(root, 'dist.old')
/** The folder of the new build. */
const dist = join(root, 'dist.new')
/** The processors that the addon is shipped for; package.json says the same. */
const PROCESSORS = ['x64', 'arm64']
const netlink = dirname(createRequire(import.meta.url).resolve('netlink/package.json'))

/** Node's modules by `require`, because an `import` starts another loader first. */
const builtinsByRequire = {
  name: 'builtins-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, namespace: 'builtin' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require('${path}')`,
    }))
  },
}

/**
 * The width of a text, which yargs needs for its help: each version of the package for it makes an
 * `Intl.Segmenter` as it is loaded, and that takes as long as the whole start of a program.
 */
const widthOnDemand = {
  name: 'width-on-demand',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^string-width$/ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'import-statement') return undefined
      const { path: file } = await resolve(path, { kind: 'require-call', importer, resolveDir })
      return { path: file, namespace: 'width' }
    })
    onLoad({ filter: /.*/, namespace: 'width' }, ({ path }) => ({
      contents: `export default (...words) => require(${JSON.stringify(path)}).default(...words)`,
      resolveDir: root,
    }))
  },
}

/** Subcommands of their own file, which no other command loads: `import()` of their command in lib/main-node.ts. */
const apart = {
  name: 'apart',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/(agent|fleet|serve)\/\w+-command\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: path.split('/')[1], namespace: 'apart' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'apart' }, ({ path }) => ({
      contents: `module.exports = require(__dirname + '/${path}.js')`,
    }))
  },
}

/** gRPC without its services about itself, which need a parser of protocol files: nothing here serves or asks them. */
const noReflection = {
  name: 'no-reflection',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@grpc\/proto-loader$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  // Names of files in a bundle are those in the checkout, wherever that is and wherever its packages are.
  absWorkingDir: root,
  preserveSymlinks: true,
  metafile: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [pageAsText, addonBesideBundle, builtinsByRequire, widthOnDemand],
  // yargs, an ES module, asks where it is.
  define: { 'import.meta.url': 'bundleUrl', ...commitDefinition(root) },
  banner: {
    js: "const bundleUrl = 'file://' + encodeURI(__filename).replace(/[?#]/g, encodeURIComponent);",
  },
}

/** The packages that are wanted, which have the standalone binary. */
const packages = ['deb', 'rpm'].filter((format) => process.argv.includes(`--${format}`))
// Rebuilds an existing standalone binary, which would be outdated otherwise.
const standalone =
  packages.length > 0 || process.argv.includes('--standalone') || existsSync(join(place, 'standalone'))
const arm64 =
  packages.length > 0 || process.argv.includes('--arm64') || existsSync(join(place, 'standalone-arm64'))
await rm(dist, { recursive: true, force: true })
await mkdir(dist)
const bundles = [
  await build({
    ...common,
    entryPoints: [join(root, 'lib/main-node.ts')],
    outfile: join(dist, 'main.js'),
    minify: true,
    plugins: [...common.plugins, apart],
  }),
  await build({
    ...common,
    entryPoints: [join(root, 'lib/agent/agent-command.ts')],
    outfile: join(dist, 'agent.js'),
    minify: true,
    plugins: [...common.plugins, noReflection],
  }),
  await build({
    ...common,
    entryPoints: [join(root, 'lib/fleet/fleet-command.ts')],
    outfile: join(dist, 'fleet.js'),
    minify: true,
    plugins: [...common.plugins, noReflection],
  }),
  await build({
    ...common,
    entryPoints: [join(root, 'lib/serve/serve-command.ts')],
    outfile: join(dist, 'serve.js'),
    minify: true,
  }),
  await build({ ...common, entryPoints: [join(root, 'lib/index.ts')], outfile: join(dist, 'index.js') }),
]
for (const processor of PROCESSORS) {
  const addon = join('prebuilds', `linux-${processor}`)
  await cp(join(netlink, addon), join(dist, addon), { recursive: true })
}
const addon = { folders: [`node_modules/${IN_THE_ADDON}`] }
writeLicences(root, bundles, join(dist, 'THIRD-PARTY-LICENSES'), addon)
writeBillOfMaterials(root, bundles, join(dist, 'sbom.cdx.json'), addon)
// They are checked elsewhere.
writeTypes(root, join(dist, 'types/index.d.ts'))
if (standalone) await makeStandalone()
await writeCodeCache(root, dist)
// The manual pages and those of the agent's configuration are kept in the repository; tests say whether they are current.
if (!process.env.CI) {
  await import('./man.mjs')
  await import('./agent-config.mjs')
}
await takePlace()
if (packages.length > 0) (await import('./package.mjs')).writePackages(packages)

/** Moves the new build to dist/. */
async function takePlace() {
  await rm(former, { recursive: true, force: true })
  if (existsSync(place)) await rename(place, former)
  await rename(dist, place)
  await rm(former, { recursive: true, force: true })
}

/** One executable of the three programs, for machines without Node; the name with which it is called selects one. */
async function makeStandalone() {
  const folders = {
    x64: join(dist, 'standalone'),
    ...(arm64 && { arm64: join(dist, 'standalone-arm64') }),
  }
  for (const folder of Object.values(folders)) await mkdir(folder)
  const files = Object.entries(folders).map(([name, folder]) => [name, join(folder, 'ipvsadm')])
  const metafile = await buildStandalone(root, commitDefinition(root), Object.fromEntries(files))
  for (const [machine, folder] of Object.entries(folders)) {
    const more = { others: materials(root, machine) }
    writeLicences(root, [{ metafile }], join(folder, 'THIRD-PARTY-LICENSES'), more)
    writeBillOfMaterials(root, [{ metafile }], join(folder, 'sbom.cdx.json'), more)
    for (const program of ['ipvsadm-save', 'ipvsadm-restore']) await symlink('ipvsadm', join(folder, program))
  }
}
