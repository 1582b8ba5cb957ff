// Writes the manual pages in man/; with --check only checks that they are current.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const folder = await mkdtemp(join(root, 'node_modules', '.man-'))
try {
  const bundle = join(folder, 'pages.mjs')
  await build({
    entryPoints: [join(root, 'scripts/man/pages.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  })
  const { manualPages } = await import(pathToFileURL(bundle).href)
  const changelog = await readFile(join(root, 'packaging/debian/changelog'), 'utf8')
  for (const [name, text] of manualPages(changelog)) {
    const file = join(root, 'man', name)
    const old = await readFile(file, 'utf8').catch(() => '')
    if (old === text) continue
    if (process.argv.includes('--check')) {
      console.error(`man/${name} is not current: run scripts/build`)
      process.exitCode = 1
    } else {
      await writeFile(file, text)
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
