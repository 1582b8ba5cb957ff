// Bundles for Node: the one that is released, and those that measure it.
import { cpSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

/** The netlink package's addon lies beside a bundle for Node: nothing has to be searched for at start. */
export const addonBesideBundle = {
  name: 'addon-beside-bundle',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node-gyp-build$/ }, () => ({ path: 'addon', namespace: 'addon' }))
    onLoad({ filter: /.*/, namespace: 'addon' }, () => ({
      contents:
        "module.exports = () => require(__dirname + '/prebuilds/linux-' + process.arch + '/node.napi.node')",
    }))
  },
}

/** The files of the page, as texts. */
export const pageAsText = {
  name: 'page-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/serve\/page\/[^/]*$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8'),
      loader: 'text',
    }))
  },
}

/** A bundle for Node outside dist/, with the addon of dist/ beside it. */
export async function bundleApart(root, entry, outfile, options) {
  const plugins = [pageAsText, addonBesideBundle]
  const common = { outfile, bundle: true, platform: 'node', logLevel: 'error', plugins }
  await build({ ...common, entryPoints: [join(root, entry)], ...options })
  cpSync(join(root, 'dist/prebuilds'), join(dirname(outfile), 'prebuilds'), { recursive: true })
}
