// scripts/layers.mjs on prepared folders: the allowed imports, and the messages on the others.
import { describe, expect, it } from '@jest/globals'
import { checkBy } from './support/check.ts'

const check = checkBy('scripts/layers.mjs')

const MODEL = { 'model/address.ts': 'export type Address = string\nexport const none = ""\n' }

describe('scripts/layers.mjs', () => {
  it('allows imports of lower layers, and those within a part', () => {
    const files = {
      ...MODEL,
      'model/service.ts': "import type { Address } from './address.ts'\nexport type Service = Address\n",
      'ipvs/client.ts': "import { none } from '../model/address.ts'\nexport const client = none\n",
      'system/system.ts': 'export type System = (path: string) => unknown\n',
      'system/node/system.ts':
        "import { readFileSync } from 'node:fs'\nimport type { System } from '../system.ts'\nexport const system: System = readFileSync\n",
      'main-node.ts': "import { system } from './system/node/system.ts'\nsystem('')\n",
    }
    expect(check(files)).toEqual({ status: 0, lines: [] })
  })

  it.each([
    ['an import', "import { up } from '../grammar/up.ts'\nexport const x = up\n"],
    ['an import of types', "import type { Up } from '../grammar/up.ts'\nexport type X = Up\n"],
    ['an export', "export { up } from '../grammar/up.ts'\n"],
    ['an import on demand', "export const x = () => import('../grammar/up.ts')\n"],
    ['a type that is imported in place', "export type X = import('../grammar/up.ts').Up\n"],
  ])('refuses %s from a higher layer', (_, text) => {
    const up = 'export const up = 1\nexport type Up = number\n'
    expect(check({ 'output/listing.ts': text, 'grammar/up.ts': up })).toEqual({
      status: 1,
      lines: ['lib/output/listing.ts imports lib/grammar/up.ts: grammar/ is above output/'],
    })
  })

  it('refuses imports between parts of one layer', () => {
    const files = {
      'help/text.ts': "import '../doctor/checks.ts'\n",
      'doctor/checks.ts': 'export {}\n',
    }
    expect(check(files).lines).toEqual([
      'lib/help/text.ts imports lib/doctor/checks.ts: doctor/ is beside help/',
    ])
  })

  it('refuses a runtime’s folder anywhere but at the entries', () => {
    const files = {
      'main.ts': "import { system } from './system/node/system.ts'\nexport const x = system\n",
      'system/node/system.ts': 'export const system = 1\n',
    }
    expect(check(files).lines).toEqual([
      'lib/main.ts imports lib/system/node/system.ts: system/node/ is above main.ts',
    ])
  })

  it.each([
    ['import', "import { readFileSync } from 'node:fs'\nexport const read = readFileSync\n"],
    ['require', "export const read = () => require('node:fs').readFileSync\n"],
  ])('refuses modules of Node.js outside the runtimes’ folders: %s', (_, text) => {
    expect(check({ 'system/files.ts': text }).lines).toEqual([
      'lib/system/files.ts imports node:fs: only lib/system/<runtime>/, lib/agent/, lib/fleet/, lib/serve/ and lib/main-*.ts use modules of Node.js',
    ])
  })

  it('refuses a circle, and reports it once', () => {
    const files = {
      'model/a.ts': "import type { B } from './b.ts'\nexport type A = B\n",
      'model/b.ts': "import type { C } from './c.ts'\nexport type B = C\n",
      'model/c.ts': "import type { A } from './a.ts'\nexport type C = A\n",
    }
    const circle = 'circle: lib/model/a.ts → lib/model/b.ts → lib/model/c.ts → lib/model/a.ts'
    expect(check(files)).toEqual({ status: 1, lines: [circle] })
  })

  it('refuses a file that is in no layer', () => {
    expect(check({ ...MODEL, 'utilities/text.ts': 'export {}\n' }).lines).toEqual([
      'lib/utilities/text.ts is in no layer of scripts/layers.mjs',
    ])
  })
})
