// Atomic replacement of a file, with any files in its folder.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { nodeReplacement } from '../../lib/system/node/replacement.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { replaceFile as replaceWith } from '../../lib/system/replace-file.ts'

const { replaceFile } = nodeSystem

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)
const at = (name: string) => join(folder, name)

describe('a replaced file', () => {
  it('is readable by its owner alone when it is new', () => {
    replaceFile(at('rules'), 'text')
    expect([readFileSync(at('rules'), 'utf8'), mode(at('rules')), readdirSync(folder)]).toEqual([
      'text',
      '600',
      ['rules'],
    ])
  })

  it('keeps the mode of the old one', () => {
    writeFileSync(at('rules'), 'old')
    chmodSync(at('rules'), 0o640)
    replaceFile(at('rules'), 'new')
    expect([readFileSync(at('rules'), 'utf8'), mode(at('rules'))]).toEqual(['new', '640'])
  })

  it('is named by its UTF-8 text', () => {
    replaceFile(at('Ų€𝄞'), 'Ų€𝄞')
    expect(readFileSync(at('Ų€𝄞'), 'utf8')).toBe('Ų€𝄞')
  })

  it.each([['a'.repeat(255)], ['Ų'.repeat(127)], ['𝄞'.repeat(63)], ['a'.repeat(247)], ['a'.repeat(248)]])(
    'may have the longest name: %s',
    (name) => {
      for (const text of ['one', 'two']) replaceFile(at(name), text)
      expect([readFileSync(at(name), 'utf8'), readdirSync(folder)]).toEqual(['two', [name]])
    },
  )

  it('is named from the working directory too', () => {
    const old = process.cwd()
    process.chdir(folder)
    try {
      replaceFile('rules', 'text')
    } finally {
      process.chdir(old)
    }
    expect(readFileSync(at('rules'), 'utf8')).toBe('text')
  })
})

describe('a symbolic link', () => {
  it.each([
    ['relative', 'there/rules'],
    ['absolute', undefined],
  ])('stays one, whether its target exists or not (%s)', (_, target) => {
    mkdirSync(at('there'))
    const link = target ?? at('there/rules')
    symlinkSync(link, at('link'))
    symlinkSync('link', at('link-to-link'))
    for (const text of ['dangling before', 'there before']) {
      replaceFile(at('link-to-link'), text)
      expect(readFileSync(at('there/rules'), 'utf8')).toBe(text)
      expect([readlinkSync(at('link')), readlinkSync(at('link-to-link'))]).toEqual([link, 'link'])
      expect(readdirSync(at('there'))).toEqual(['rules'])
    }
  })

  it('to itself is an error', () => {
    symlinkSync('loop', at('loop'))
    expect(() => replaceFile(at('loop'), 'text')).toThrow(/^cannot write .*: ELOOP/)
    expect(lstatSync(at('loop')).isSymbolicLink()).toBe(true)
  })
})

describe('a file that cannot be replaced', () => {
  it('in no folder is an error', () => {
    expect(() => replaceFile(at('no/such'), 'new')).toThrow(/^cannot write .*: ENOENT/)
    writeFileSync(at('file'), '')
    expect(() => replaceFile(at('file/such'), 'new')).toThrow(/^cannot write .*: ENOTDIR/)
  })

  it.each(['write', 'sync', 'changeMode', 'rename'] as const)('is unchanged when %s fails', (step) => {
    writeFileSync(at('rules'), 'old')
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    const calls = {
      ...nodeReplacement,
      [step]: () => {
        throw full
      },
    }
    expect(() => replaceWith(at('rules'), 'new', calls)).toThrow(/^cannot write .*: ENOSPC/)
    expect([readFileSync(at('rules'), 'utf8'), readdirSync(folder)]).toEqual(['old', ['rules']])
  })

  it('is written to directly if it is a device', () => {
    replaceFile('/dev/null', 'text')
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
    expect(() => replaceFile('/dev/full', 'text')).toThrow(/ENOSPC/)
  })
})

describe('the temporary file', () => {
  it('has a random name, so that a leftover one does not block', () => {
    const names: string[] = []
    let random = 0
    const calls = {
      ...nodeReplacement,
      // The first two random names are taken.
      random: (count: number) => new Uint8Array(count).fill(Math.floor(random++ / 2)),
      create: (path: string, mode: number) => {
        names.push(path.slice(folder.length + 1))
        return nodeReplacement.create(path, mode)
      },
    }
    writeFileSync(at('.rules.aaaaaa'), 'precious')
    symlinkSync('/etc/passwd', at('.rules.bbbbbb'))
    replaceWith(at('rules'), 'new', calls)
    expect(names).toEqual([
      '.rules.aaaaaa',
      '.rules.aaaaaa',
      '.rules.bbbbbb',
      '.rules.bbbbbb',
      '.rules.cccccc',
    ])
    expect(readFileSync(at('rules'), 'utf8')).toBe('new')
    expect(readFileSync(at('.rules.aaaaaa'), 'utf8')).toBe('precious')
    expect(lstatSync(at('.rules.bbbbbb')).isSymbolicLink()).toBe(true)
  })

  it('fails when every name is taken', () => {
    writeFileSync(at('.rules.aaaaaa'), 'precious')
    const calls = { ...nodeReplacement, random: (count: number) => new Uint8Array(count) }
    expect(() => replaceWith(at('rules'), 'new', calls)).toThrow(/^cannot write .*: EEXIST/)
    expect(readdirSync(folder)).toEqual(['.rules.aaaaaa'])
  })
})
