// The worker as one file of plain JavaScript, with or without a fault in it.
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

export const ROOT = join(__dirname, '..', '..', '..')

/** Packages are loaded from where they are: the guest sees the same files. */
const packagesInPlace: Plugin = {
  name: 'packages-in-place',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) => {
      if (path.startsWith('node:')) return { external: true }
      return { path: require.resolve(path, { paths: [ROOT] }), external: true }
    })
  },
}

/** The worker's text. */
export async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'worker.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    write: false,
    logLevel: 'warning',
    plugins: [packagesInPlace],
  })
  return outputFiles[0]!.text
}
