// Builds fuzzers of the C host: `node scripts/build-fuzz.mjs FOLDER TARGET...` makes FOLDER/TARGET.run of native/fuzz/TARGET.ts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { NativeBuild } from './build-native.mjs'

const root = join(import.meta.dirname, '..')
const [place = '', ...targets] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-fuzz-'))
try {
  const native = new NativeBuild(root)
  for (const target of targets) {
    const file = join(folder, 'target.js')
    await build({
      entryPoints: [join(root, `native/fuzz/${target}.ts`)],
      outfile: file,
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2023',
      external: ['host'],
      logLevel: 'error',
    })
    await native.linkFuzzer(file, folder, join(place, `${target}.run`))
  }
} finally {
  rmSync(folder, { recursive: true })
}
