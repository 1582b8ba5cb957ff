// The functions of the C host, from JavaScript, on the engine: a program of checks is built and run.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ROOT } from '../support/program.ts'
import type { Texts } from './host/texts.ts'

/** Fuzzing: much more generated input, another each time. */
const [ROUNDS, SEED] = process.env.IPVSADM_LONG ? ['200', `${Date.now() % 2 ** 31}`] : ['1', '1']

let folder: string

/** Texts that may have halves of pairs, with their bytes, and bytes that may be malformed, with their texts. */
function texts(): Texts {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder('utf-8', { ignoreBOM: true })]
  const characters = ['a', '\n', '\0', 'é', '€', '\u{1f600}', '\ud83d', '\ude00', '\ufeff', '\ud7ff']
  const bytes = fc.oneof(
    fc.constantFrom(
      0x0a,
      0x41,
      0x80,
      0x82,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc2,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
    ),
    fc.integer({ min: 0, max: 255 }),
  )
  const sample = { numRuns: 500 * Number(ROUNDS), seed: Number(SEED) }
  return {
    encoded: fc
      .sample(fc.array(fc.constantFrom(...characters)), sample)
      .map((parts) => parts.join(''))
      .map((text) => [text, [...encoder.encode(text)]]),
    decoded: fc.sample(fc.array(bytes), sample).map((list) => [list, decoder.decode(Uint8Array.from(list))]),
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-host-'))
  const script = `
    import { FAKE_SOCKET, NativeBuild, TARGETS } from '${ROOT}/scripts/build-native.mjs'
    import { build } from 'esbuild'
    const [file, bytecode] = ['${folder}/main.js', '${folder}/main.bin']
    await build({ entryPoints: ['test/standalone/host/program.ts'], outfile: file, bundle: true, format: 'esm',
      platform: 'neutral', target: 'es2023', external: ['host'], logLevel: 'error' })
    const native = new NativeBuild('${ROOT}')
    await native.compileModules([[file, bytecode]])
    const modules = [{ name: 'main.js', file: bytecode }]
    await native.link(TARGETS.x64, modules, '${folder}', '${folder}/program', { fake: FAKE_SOCKET })
    await native.linkChecked(modules, '${folder}', '${folder}/checked')`
  writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts()))
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT })
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

it.each([
  ['do what they say, and what their twins in TypeScript do', 'program', 'all', 10],
  ['stay within bounds and defined behaviour', 'checked', 'all', 10],
  ['take, refuse or throw values of any type', 'checked', 'values', 1],
  ['keep plans apart that are made while another is', 'checked', 'plans', 4],
])('%s', (_what, program, checks, least) => {
  // Few descriptors: one check opens all.
  const words = ['-c', 'ulimit -n 64; exec "$0" "$@"', join(folder, program), folder, ROUNDS, SEED, checks]
  // The stack of each allocation takes a quarter of the time; a report of a fault still has where it happened.
  const env = { NAME: 'value', ASAN_OPTIONS: 'malloc_context_size=0' }
  const { stdout, stderr, status } = spawnSync('/bin/sh', words, { env, encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  const wrong = lines.filter((line) => !line.startsWith('ok '))
  expect({ wrong, stderr, status }).toEqual({ wrong: [], stderr: '', status: 0 })
  expect(lines.length).toBeGreaterThanOrEqual(least)
})

it('report an error that a folder ends with', () => {
  const words = ['-qqo', '/dev/null', '-e', 'inject=getdents64:error=EIO', join(folder, 'program')]
  const { stdout } = spawnSync('strace', [...words, folder, '1', '1', 'folders'], { encoding: 'utf8' })
  expect(stdout).toBe('ok list gives the error that ends a folder\n')
})

it('take no name of an interface for another', () => {
  const rename = 'ip link set lo name abcdefghijklmno; exec "$0" "$@"'
  const words = ['-n', '/bin/sh', '-c', rename, join(folder, 'program'), folder, '1', '1', 'interfaces']
  const { stdout } = spawnSync('unshare', words, { encoding: 'utf8' })
  expect(stdout).toBe('ok interfaceIndex takes no longer name for it\n')
})

it('are all checked', () => {
  const declared = readFileSync(join(ROOT, 'lib/system/quickjs/host.d.ts'), 'utf8')
  const files = ['program.ts', 'row-checks.ts', 'series-checks.ts', 'entry-checks.ts'].map((name) =>
    join(ROOT, 'test/standalone/host', name),
  )
  const checks = files.map((file) => readFileSync(file, 'utf8')).join('')
  const names = [...declared.matchAll(/export function (\w+)/g)].map(([, name]) => name!)
  expect(names.length).toBeGreaterThan(30)
  const withAny = readFileSync(join(ROOT, 'test/standalone/host/value-checks.ts'), 'utf8')
  // Two of them would end the process, or its checks.
  const others = names.filter((name) => !withAny.includes(`\n    ${name}: [`))
  expect(others).toEqual(['setWaiter', 'exit'])
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(checks))).toEqual([])
})
