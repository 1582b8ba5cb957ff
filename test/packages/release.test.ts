// scripts/release makes everything twice, the same byte for byte, and publishes nothing. It takes minutes: only in a long
// run. Every run checks its words.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'

const release = (...words: string[]) =>
  spawnSync(join(ROOT, 'scripts/release'), words, { cwd: ROOT, encoding: 'utf8' })

it('refuses words that it does not know, and commits that are not there', () => {
  expect(release('--publish')).toMatchObject({
    status: 1,
    stderr: 'release: unknown option --publish (see --help)\n',
  })
  expect(release('no-such-commit')).toMatchObject({ status: 1, stderr: 'release: there is no such commit\n' })
})

if (process.env.IPVSADM_LONG) {
  it('makes the same twice', () => {
    const { status, stdout, stderr } = release('--verify')
    expect({ status, errors: status === 0 ? '' : stderr }).toEqual({ status: 0, errors: '' })
    expect(stdout).toContain('Nothing was published')
    const kinds = readdirSync(join(ROOT, 'release')).map((file) => file.replace(/^.*?\d+\.\d+\.\d+/, '*'))
    expect(kinds.sort()).toEqual(
      [
        '*-1_amd64.deb',
        '*-1_amd64.deb',
        '*-1_arm64.deb',
        '*-1_arm64.deb',
        '*-1.aarch64.rpm',
        '*-1.x86_64.rpm',
        '*-linux-arm64.cdx.json',
        '*-linux-arm64.tar.gz',
        '*-linux-x64.cdx.json',
        '*-linux-x64.tar.gz',
        '*-npm.cdx.json',
        '*.tgz',
      ]
        .concat('SHA256SUMS')
        .sort(),
    )
  })
}
