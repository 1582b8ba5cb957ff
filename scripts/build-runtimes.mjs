// What a program is made with for each of the two runtimes: what is released, and what measures it.
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
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

/** A bundle for Node outside dist/, with the addon of dist/ beside it. */
export async function bundleApart(root, entry, outfile, options) {
  const plugins = [addonBesideBundle]
  const common = { outfile, bundle: true, platform: 'node', logLevel: 'error', plugins }
  await build({ ...common, entryPoints: [join(root, entry)], ...options })
  cpSync(join(root, 'dist/prebuilds'), join(dirname(outfile), 'prebuilds'), { recursive: true })
}

export const BUN = 'node_modules/@oven/bun-linux-x64'

/** An executable without need of Node. */
export function compileStandalone(root, entry, outfile, ...options) {
  execFileSync(
    join(root, BUN, 'bin/bun'),
    [
      ...['build', join(root, entry), '--outfile', outfile, ...options],
      ...['--compile', '--minify', '--bytecode', '--format=esm', '--splitting'],
      // Most runs are over before code that was compiled for speed has paid for itself.
      '--compile-jit-policy=4',
      // Files of whatever directory it is called in are none of its business.
      ...['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'],
      ...['--external', 'netlink'],
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  )
}
