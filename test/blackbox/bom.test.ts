// The bills of materials are CycloneDX, name the packages whose licences are shipped with each, and agree with the lock file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'

interface Component {
  readonly type: string
  readonly 'bom-ref': string
  readonly name: string
  readonly version?: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly licenses: readonly { readonly license: { readonly id: string } }[]
  readonly purl: string
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const packages = Object.entries<{ version: string; integrity?: string }>(
  JSON.parse(read('package-lock.json')).packages,
)
const locked = (name: string, version?: string) =>
  packages.find(([path, entry]) => path.endsWith(`node_modules/${name}`) && entry.version === version)?.[1]
const title = ({ name, version, licenses }: Component) =>
  `${version === undefined ? name : `${name} ${version}`} (${licenses[0]!.license.id})`

describe.each([
  ['dist', ['netlink', '@grpc/grpc-js'], []],
  ['dist/standalone', ['musl', 'quickjs'], ['musl', 'quickjs']],
  ['dist/standalone-arm64', ['musl', 'quickjs'], ['musl', 'quickjs']],
])('%s/sbom.cdx.json', (folder, own, fromDebian) => {
  const bill = JSON.parse(read(`${folder}/sbom.cdx.json`))
  const components: readonly Component[] = bill.components

  it('is a bill of CycloneDX, without a time or a random number', () => {
    expect({ ...bill, components: [], dependencies: [], metadata: {} }).toEqual({
      $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: {},
      components: [],
      dependencies: [],
    })
    expect(Object.keys(bill.metadata)).toEqual(['component'])
    const refs = components.map((component) => component['bom-ref'])
    expect(new Set(refs).size).toBe(refs.length)
    expect(bill.dependencies).toEqual([{ ref: bill.metadata.component['bom-ref'], dependsOn: refs }])
    expect(refs).toEqual([...refs].sort())
  })

  it('lists the installed packages', () => {
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(own))
    for (const { type, name, version, hashes, licenses, purl } of components) {
      expect({ type, licenses: licenses.length }).toEqual({ type: 'library', licenses: 1 })
      if (name === 'node-addon-api') continue
      if (fromDebian.includes(name)) {
        const [, path] = /^pkg:deb\/debian\/(.+)$/.exec(purl)!
        expect(path).toBe(
          name === 'musl'
            ? `musl-dev@${version}?arch=${folder.endsWith('arm64') ? 'arm64' : 'amd64'}`
            : `${name}@${version}?arch=source`,
        )
        expect(hashes).toEqual([{ alg: 'SHA-256', content: expect.stringMatching(/^[0-9a-f]{64}$/) }])
        continue
      }
      const hash = Buffer.from(hashes![0]!.content, 'hex').toString('base64')
      expect([name, `sha512-${hash}`]).toEqual([name, locked(name, version)?.integrity])
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`)
    }
  })

  it('has the packages whose licences are shipped', () => {
    const heading = /^(?:.*\n)?─+\n\n(.+ \([\w.-]+\))$/gm
    const text = read(`${folder}/THIRD-PARTY-LICENSES`)
    const licences = [...text.matchAll(heading)].map(([, name]) => name!)
    expect(licences.length).toBeGreaterThan(5)
    expect(components.map(title).sort()).toEqual(licences.sort())
    expect(text.includes('Copyright (c) 2017-2021 Fabrice Bellard')).toBe(own.includes('quickjs'))
    expect(text.includes('Rich Felker')).toBe(own.includes('musl'))
  })
})
