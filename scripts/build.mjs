// The bundles: one for the three programs, split where something is loaded on demand, and one for the library.
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

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [addonBesideBundle],
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
await cp(join(netlink, 'prebuilds'), join(dist, 'prebuilds'), { recursive: true })
