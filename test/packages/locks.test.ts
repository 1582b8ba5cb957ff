// The packages that npm installs: exact versions, each with the hash of its contents, from wherever; and for those who
// install this package nothing but itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'

interface Entry {
  os?: string[]
  cpu?: string[]
  libc?: string[]
  integrity?: string
  resolved?: string
}

const read = (...path: string[]) => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'))
const manifest = read('package.json')

/** Whether a package is installed where this one can be: of others the registry need not know. */
function isOurs({ os, cpu, libc }: Entry): boolean {
  const meets = (listed: string[] | undefined, ours: string[]) =>
    !listed || ours.some((it) => listed.includes(it))
  return meets(os, manifest.os) && meets(cpu, manifest.cpu) && meets(libc, manifest.libc)
}

describe.each(['.', 'test/packages'])('in %s', (folder) => {
  const { '': root, ...entries } = read(folder, 'package-lock.json').packages as Record<string, Entry>

  it('every package that can be installed has its hash', () => {
    expect(Object.keys(entries).length).toBeGreaterThan(50)
    const without = Object.keys(entries).filter((path) => !entries[path]!.integrity && isOurs(entries[path]!))
    expect(without).toEqual([])
  })

  it('no package is bound to a registry', () => {
    expect(Object.keys(entries).filter((path) => entries[path]!.resolved)).toEqual([])
  })

  it('every version is exact', () => {
    const { devDependencies } = read(folder, 'package.json')
    expect(root).toMatchObject({ devDependencies })
    const versions = Object.values<string>(devDependencies)
    expect(versions.filter((version) => !/^(npm:[\w-]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })
})

it('who installs the package gets nothing else, and nothing is run', () => {
  const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies']
  expect(kinds.filter((kind) => kind in manifest)).toEqual([])
  expect(Object.keys(manifest.scripts).filter((name) => /install|prepare|publish|pack/.test(name))).toEqual(
    [],
  )
})
