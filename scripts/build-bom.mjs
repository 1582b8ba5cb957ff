// Bills of materials (CycloneDX 1.5, JSON): the packages in the bundles and in the standalone binary, from the bundlers'
// records. The same sources make the same bytes: no time, no random number.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundledFolders, IN_THE_ADDON } from './build-licences.mjs'

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'))

/**
 * Writes the bill of materials of `bundles`, results with a metafile.
 * @param {{ folders?: string[], others?: Record<string, string>[] }} more folders of packages that are in there too, though no bundler
 *   put them there; and materials that are not npm packages: name, version, licence, sha256, purl
 */
export function writeBillOfMaterials(root, bundles, file, more) {
  const { folders = [], others = [] } = more
  const { packages } = read(root, 'package-lock.json')
  const component = (folder) => {
    const { name, version, license } = read(root, folder, 'package.json')
    // The version of the headers in the addon is not recorded.
    const known = name === IN_THE_ADDON ? undefined : version
    const purl = `pkg:npm/${name.replace('@', '%40')}${known ? `@${known}` : ''}`
    const [algorithm, hash] = packages[folder].integrity.split('-')
    return {
      type: 'library',
      'bom-ref': purl,
      name,
      ...(known && { version: known }),
      ...(known && {
        hashes: [
          { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(hash, 'base64').toString('hex') },
        ],
      }),
      licenses: [{ license: { id: license } }],
      purl,
    }
  }
  const found = [...[...bundledFolders(bundles), ...folders].map(component), ...others.map(foreign)]
  // A package may lie in several places.
  const components = [...new Map(found.map((each) => [each['bom-ref'], each]))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const { name, version, license, description } = read(root, 'package.json')
  const ref = `pkg:npm/${name}@${version}`
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': ref,
        name,
        version,
        description,
        licenses: [{ license: { id: license } }],
        purl: ref,
      },
    },
    components: components.map(([, each]) => each),
    dependencies: [{ ref, dependsOn: components.map(([purl]) => purl) }],
  }
  writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`)
}

/**
 * A material that is not from npm, as a component.
 * @param {Record<string, string>} other
 */
function foreign(other) {
  const { name, version, licence, sha256, purl } = other
  const hashes = [{ alg: 'SHA-256', content: sha256 }]
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    hashes,
    licenses: [{ license: { id: licence } }],
    purl,
  }
}
