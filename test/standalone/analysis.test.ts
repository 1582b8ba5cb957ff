// The C host under gcc's analyzer: no path leaks, frees twice, or reads what nothing has written.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-analysis-'))
afterAll(() => rmSync(folder, { recursive: true }))

const files = readdirSync(join(ROOT, 'native')).filter((name) => name.endsWith('.c'))

function engine(): string {
  const script = `
    import { engineFolder } from '${ROOT}/scripts/build-native.mjs'
    process.stdout.write(engineFolder('${ROOT}'))`
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
}

it('the analyzer has no objection', () => {
  expect(files.length).toBeGreaterThan(10)
  // Optimized, the analyzer takes structures of the engine for unset where a function returns them.
  const words = ['-O0', '-fanalyzer', '-std=gnu11', '-D_GNU_SOURCE', '-DCONFIG_VERSION=""']
  const paths = files.map((name) => join(ROOT, 'native', name))
  const { status, stderr } = spawnSync('gcc', [...words, '-isystem', engine(), '-S', ...paths], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
