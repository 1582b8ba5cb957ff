// Bundles a program that runs in a guest into one file that Node can start.
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from './program.ts'

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
    logLevel: 'warning',
  })
  await rename(unfinished, outfile)
  return outfile
}
