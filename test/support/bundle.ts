// Bundles a program that runs in a guest into one file that Node can start.
import { mkdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { ROOT } from './program.ts'

/** The files of the page, as texts, which is how the build has them. */
const pageAsText: Plugin = {
  name: 'page-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/serve\/page\/[^/]*$/ }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }))
  },
}

/**
 * Bundles a file of test/. Its packages are loaded from the checkout, so the bundle lies beside them.
 * @param name of the bundle; `.mjs` makes it an ES module
 * @returns its path
 */
export async function bundle(entry: string, name: string): Promise<string> {
  const outfile = join(ROOT, 'node_modules/.cache/ipvsadm', name)
  await mkdir(dirname(outfile), { recursive: true })
  // Renamed when it is complete: another file of tests may start the same bundle at this moment.
  const unfinished = `${outfile}.${process.pid}`
  await build({
    entryPoints: [join(ROOT, 'test', entry)],
    outfile: unfinished,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: name.endsWith('.mjs') ? 'esm' : 'cjs',
    packages: 'external',
    plugins: [pageAsText],
    logLevel: 'warning',
  })
  await rename(unfinished, outfile)
  return outfile
}
