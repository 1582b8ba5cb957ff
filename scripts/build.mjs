// The bundles: one for the three programs, split where something is loaded on demand, and one for the library.
import { execFileSync } from 'node:child_process'
import { cp, mkdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '..')
const dist = join(root, 'dist')
const netlink = dirname(createRequire(import.meta.url).resolve('netlink/package.json'))

/** The addon lies beside the bundle: nothing has to be searched for at start. */
const addonBesideBundle = {
  name: 'addon-beside-bundle',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node-gyp-build$/ }, () => ({ path: 'addon', namespace: 'addon' }))
    onLoad({ filter: /.*/, namespace: 'addon' }, () => ({
      contents:
        "module.exports = () => require(__dirname + '/prebuilds/linux-' + process.arch + '/node.napi.node')",
    }))
  },
}

/** The live view is an ES module, as its library is: a file of its own, loaded when it is shown. */
const topApart = {
  name: 'top-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/top\/screen\.ts$/ }, () => ({ path: './top.mjs', external: true }))
  },
}

/** Ink asks for React's developer tools in development only. */
const withoutDevtools = {
  name: 'without-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'devtools', namespace: 'devtools' }))
    onLoad({ filter: /.*/, namespace: 'devtools' }, () => ({ contents: 'export default {}' }))
  },
}

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [addonBesideBundle, topApart],
  // yargs, an ES module, asks where it is.
  define: { 'import.meta.url': 'bundleUrl' },
  banner: {
    js: "const bundleUrl = 'file://' + encodeURI(__filename).replace(/[?#]/g, encodeURIComponent);",
  },
}

await rm(dist, { recursive: true, force: true })
await mkdir(dist)
await build({
  ...common,
  entryPoints: [join(root, 'lib/run.ts')],
  outfile: join(dist, 'main.js'),
  minify: true,
})
await build({ ...common, entryPoints: [join(root, 'lib/index.ts')], outfile: join(dist, 'index.js') })
await build({
  ...common,
  format: 'esm',
  entryPoints: [join(root, 'lib/top/screen.ts')],
  outfile: join(dist, 'top.mjs'),
  minify: true,
  plugins: [withoutDevtools],
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
})
// The library's types. They are checked elsewhere.
execFileSync(join(root, 'node_modules/.bin/tsc'), ['--project', join(root, 'tsconfig.types.json')])
await cp(join(netlink, 'prebuilds'), join(dist, 'prebuilds'), { recursive: true })
