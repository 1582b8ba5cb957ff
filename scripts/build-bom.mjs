// Bills of materials (CycloneDX 1.5, JSON): the packages in the bundles and in the standalone binary, from the bundlers'
// records. The same sources make the same bytes: no time, no random number.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundledFolders, IN_THE_ADDON } from './build-licences.mjs'

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'))

/**
 * Writes the bill of materials of `bundles`, results with a metafile.
 * @param more the folder of one more package, which no bundler has put in
 */
export function writeBillOfMaterials(root, bundles, file, more) {
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
  const found = [...bundledFolders(bundles), more].map(component)
  // A package may be in several places.
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
