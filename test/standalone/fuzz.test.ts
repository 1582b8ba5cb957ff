// The fuzzers of the C host, for some seconds: that they build, run and find nothing. It takes minutes to build them: only
// in a long run. Every run checks the script's words.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { ROOT } from '../support/program.ts'

const fuzz = (...words: string[]) => spawnSync(join(ROOT, 'scripts/fuzz'), words, { encoding: 'utf8' })
const NOT_TARGETS = ['tools.ts', 'usual-records.ts']
const targets = readdirSync(join(ROOT, 'native/fuzz'))
  .filter((name) => name.endsWith('.ts') && !NOT_TARGETS.includes(name))
  .map((name) => name.slice(0, -3))

/** The targets that compare functions of the host with what does the same in TypeScript. */
const COMPARED: Readonly<Record<string, readonly string[]>> = {
  connections: ['connectionRows'],
  entries: ['countEntries', 'readEntries', 'matchServers'],
  listings: ['readSeries'],
  records: ['recordPlan', 'readRecord', 'readRecords', 'writeRecord', 'sameRecord'],
  requests: ['countEntries', 'readEntries', 'writeEntries'],
  rows: ['recordPlan', 'rowPlan', 'readRows', 'sortRows', 'writeRows'],
  rules: ['skipPlain', 'writePlain'],
  scan: ['dottedQuad', 'splitWords', 'scanRule'],
  series: ['readSeries'],
  text: ['encodeUtf8', 'decodeUtf8'],
}

it('refuses words that it does not know', () => {
  expect(fuzz('--what')).toMatchObject({ status: 1, stderr: 'fuzz: unknown option --what (see --help)\n' })
  expect(fuzz('--seconds', 'x')).toMatchObject({ status: 1, stderr: 'fuzz: --seconds needs a number\n' })
  expect(fuzz('nothing')).toMatchObject({ status: 1, stderr: 'fuzz: no target nothing\n' })
})

it('runs every target', () => {
  const script = readFileSync(join(ROOT, 'scripts/fuzz'), 'utf8')
  expect(script).toContain(`targets=(${targets.sort().join(' ')})`)
})

describe('the functions of the host', () => {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
  const declared = read('lib/system/quickjs/host.d.ts')
  const namesOf = (text: string) => [...text.matchAll(/export function (\w+)/g)].map(([, name]) => name!)
  /** Functions without a twin in TypeScript are declared first. */
  const [calls = '', twins = ''] = declared.split('  // Text\n')

  it('are compared by a target if they also exist in TypeScript', () => {
    expect(new Set(Object.values(COMPARED).flat())).toEqual(new Set(namesOf(twins)))
  })

  it('are called with values of any type, by the target `values`, if they do not and take bytes or text', () => {
    const checks = read('test/standalone/host/value-checks.ts')
    const takes = [...calls.matchAll(/export function (\w+)\(([^)]*)\)/g)]
      .filter(([, , parameters]) => /Array|string/.test(parameters!))
      .map(([, name]) => name!)
    expect(takes).toEqual(expect.arrayContaining(['loadModule', 'open', 'read', 'unixConnect', 'spawn']))
    expect(takes.filter((name) => !checks.includes(`\n    ${name}: [`))).toEqual([])
    expect(read('native/fuzz/values.ts')).toContain('callWithAny(')
  })

  it.each(Object.entries(COMPARED))('are called by the target %s', async (target, names) => {
    const { outputFiles } = await build({
      entryPoints: [join(ROOT, `native/fuzz/${target}.ts`)],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      target: 'es2023',
      external: ['host'],
    })
    // The bundler drops imports that are not used.
    const imports = [...outputFiles[0]!.text.matchAll(/^import \{([^}]*)\} from "host";$/gm)].join()
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(imports))).toEqual([])
  })

  it('have a target that is in the table, or `values`', () => {
    expect([...Object.keys(COMPARED), 'values'].sort()).toEqual([...targets].sort())
  })
})

if (process.env.IPVSADM_LONG) {
  it('finds nothing', () => {
    const { status, stderr } = fuzz('--seconds', '5')
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  })
}
