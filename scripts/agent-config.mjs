// Writes docs/agent-config.md and docs/agent-config.schema.json; with --check only checks that they are current.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const folder = await mkdtemp(join(root, 'node_modules', '.agent-config-'))
try {
  const bundle = join(folder, 'pages.mjs')
  await build({
    entryPoints: [join(root, 'scripts/agent-config.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  })
  const { configPage, schemaFile } = await import(pathToFileURL(bundle).href)
  for (const [name, text] of [
    ['agent-config.md', configPage()],
    ['agent-config.schema.json', schemaFile()],
  ]) {
    const file = join(root, 'docs', name)
    const old = await readFile(file, 'utf8').catch(() => '')
    if (old === text) continue
    if (process.argv.includes('--check')) {
      console.error(`docs/${name} is not current: run node scripts/agent-config.mjs`)
      process.exitCode = 1
    } else {
      await writeFile(file, text)
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
