// Work that a start avoids: the most expensive things that libraries make when they are loaded, by the command that needs none.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { shell } from '../support/program.ts'

/** Prints on stderr which of Node's own modules, and how many segmenters of text, a program loaded. */
const WITNESS = `
const before = new Set(process.moduleLoadList)
let segmenters = 0
Intl.Segmenter = class extends Intl.Segmenter { constructor() { super(); segmenters++ } }
process.on('exit', () => {
  const modules = process.moduleLoadList.filter((name) => name.startsWith('NativeModule') && !before.has(name))
  require('node:fs').writeSync(2, JSON.stringify({ segmenters, modules: modules.map((name) => name.slice(13)) }))
})
`

let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
  writeFileSync(join(scratch, 'witness.cjs'), WITNESS)
})

afterAll(() => rmSync(scratch, { recursive: true }))

function seen(line: string): { segmenters: number; modules: string[] } {
  const env = { NODE_OPTIONS: `--require ${join(scratch, 'witness.cjs')}` }
  return JSON.parse(shell(`${line} >/dev/null`, { env }).stderr)
}

it('has the agent and the page in bundles of their own', () => {
  const main = readFileSync('dist/main.js', 'utf8')
  for (const [bundle, phrase] of [
    ['agent', 'Configuration of ipvsadm agent'],
    ['serve', 'Content-Security-Policy'],
  ]) {
    expect(readFileSync(`dist/${bundle}.js`, 'utf8')).toContain(phrase)
    expect(main).toContain(`/${bundle}.js`)
    expect(main).not.toContain(phrase)
  }
})

describe('a start', () => {
  it('of the help loads only the modules that run the program', () => {
    expect(seen('ipvsadm -h')).toEqual({ segmenters: 0, modules: ['vm'] })
  })

  it('checks /dev/null for a terminal without a stream', () => {
    const ask = `node -e 'require("./dist/main.js").nodeSystem.outputTerminal()'`
    expect(seen(ask).modules).not.toContain('stream')
  })

  it('of a subcommand parses its words without composing its help', () => {
    expect(seen('echo | ipvsadm check -').segmenters).toBe(0)
    // With --help it is composed, which proves that the observer detects it.
    expect(seen('ipvsadm check --help').segmenters).toBeGreaterThan(0)
  })
})
