// The npm package, packed and installed as a user does it, on every Node that it says it supports: what is in it, and
// that the programs and the library need nothing else.
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { libraryExamples } from '../support/library-examples.ts'
import { type Outcome, ROOT, shell } from '../support/program.ts'
import { filesOf, mkdir, NODES, Place } from './place.ts'

const place = new Place()
const HERE = join(ROOT, 'test/packages/node_modules')
const bin = (version: string) => join(place.folder, version, 'bin')
const installed = (version: string) => join(place.folder, version, 'lib/node_modules/ipvsadm')
const LATEST = NODES.at(-1)!

let tarball: string
let expected: Outcome[]
/** A project that depends on the package. */
const project = mkdir(place.folder, 'project')

beforeAll(() => {
  tarball = place.pack(ROOT, 'packed')
  expected = LINES.map((line) => shell(line))
  writeFileSync(join(project, 'package.json'), '{}')
  const { status, stderr } = place.run([place.tools(LATEST.node)], ['npm', 'install', tarball], project)
  if (status !== 0) throw new Error(`npm install: ${stderr}`)
  const use = "console.log(typeof connect, parseAddress('192.0.2.1'))"
  writeFileSync(join(project, 'use.cjs'), `const { connect, parseAddress } = require('ipvsadm')\n${use}`)
  writeFileSync(join(project, 'use.mjs'), `import { connect, parseAddress } from 'ipvsadm'\n${use}`)
})

afterAll(() => place.remove())

/** The files of the package: each must be there, and no other. */
const CONTENTS = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^bin\/ipvsadm$/,
  /^bin\/ipvsadm-save$/,
  /^bin\/ipvsadm-restore$/,
  /^bin\/launch\.cjs$/,
  /^dist\/main\.js$/,
  /^dist\/index\.js$/,
  /^dist\/agent\.js$/,
  /^dist\/serve\.js$/,
  /^dist\/fleet\.js$/,
  /^dist\/types\/index\.d\.ts$/,
  /^dist\/prebuilds\/linux-x64\/node\.napi\.node$/,
  /^dist\/prebuilds\/linux-arm64\/node\.napi\.node$/,
  /^dist\/THIRD-PARTY-LICENSES$/,
  /^man\/ipvsadm\.8$/,
  /^man\/ipvsadm-save\.8$/,
  /^man\/ipvsadm-restore\.8$/,
]

const unexpected = (files: readonly string[]) =>
  files.filter((file) => !CONTENTS.some((pattern) => pattern.test(file)))

/** Command lines that need no kernel and print the same everywhere. */
const LINES = ['ipvsadm -h', 'ipvsadm -v', 'ipvsadm help nat', 'ipvsadm-save -z', 'ipvsadm-restore -z']

describe.each(NODES)('on Node $version', ({ version, node }) => {
  const tools = place.tools(node)

  it('installs with npm, without a compiler, a script or another package', () => {
    expect(place.run([tools], ['node', '--version']).stdout).toBe(`v${version}\n`)
    const words = ['npm', 'install', '--global', '--prefix', join(place.folder, version), tarball]
    expect(place.run([tools], [...words, '--ignore-scripts'])).toMatchObject({ status: 0, stderr: '' })
    expect(filesOf(join(place.folder, version)).filter((file) => !file.includes('/ipvsadm/'))).toEqual([
      'bin/ipvsadm',
      'bin/ipvsadm-restore',
      'bin/ipvsadm-save',
      'share/man/man8/ipvsadm-restore.8',
      'share/man/man8/ipvsadm-save.8',
      'share/man/man8/ipvsadm.8',
    ])
    expect(readlinkSync(join(bin(version), 'ipvsadm-save'))).toBe(
      '../lib/node_modules/ipvsadm/bin/ipvsadm-save',
    )
  })

  it('has programs with the same output as in the checkout', () => {
    const path = [tools, bin(version)]
    expect(LINES.map((line) => place.run(path, line.split(' ')))).toEqual(expected)
    expect(place.run([tools], ['npx', 'ipvsadm', '-h'], project)).toEqual(expected[0])
  })

  it('has a library for `require` and for `import`', () => {
    for (const file of ['use.cjs', 'use.mjs']) {
      const outcome = { status: 0, stdout: 'function 192.0.2.1\n', stderr: '' }
      expect(place.run([tools], ['node', file], project)).toEqual(outcome)
    }
  })

  it('writes nothing where it is installed', () => {
    expect(unexpected(filesOf(installed(version)))).toEqual([])
  })
})

describe('the package', () => {
  it('has all that it should and nothing else', () => {
    const files = filesOf(installed(LATEST.version))
    expect(unexpected(files)).toEqual([])
    expect(CONTENTS.filter((pattern) => !files.some((file) => pattern.test(file)))).toEqual([])
  })

  // e_machine of the ELF header (elf.h).
  it.each([
    ['x64', 62],
    ['arm64', 183],
  ])('has the addon for %s', (processor, machine) => {
    const file = join(installed(LATEST.version), `dist/prebuilds/linux-${processor}/node.napi.node`)
    const bytes = readFileSync(file)
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('\x7fELF')
    expect(bytes.readUInt16LE(18)).toBe(machine)
  })

  it('has the licences of its contents', () => {
    const text = readFileSync(join(installed(LATEST.version), 'dist/THIRD-PARTY-LICENSES'), 'utf8')
    const [, ...sections] = text.split(/^─+\n\n/m)
    const names = sections.map((section) => section.split(' ')[0])
    for (const name of ['chalk', 'cli-table3', 'netlink', 'node-addon-api', 'yargs'])
      expect(names).toContain(name)
    for (const section of sections)
      expect(section).toMatch(/^\S+( \d\S+)? \((MIT|ISC|BSD-3-Clause|Apache-2\.0)\)\n\n.*Copyright .*AS IS/s)
  })

  it.each([
    ['publint', 'publint/src/cli.js', '--strict'],
    ['Are the types wrong', '@arethetypeswrong/cli/dist/index.js', '--no-emoji'],
  ])('%s finds nothing', (_name, program, option) => {
    const { status, stdout, stderr } = place.run([], [process.execPath, join(HERE, program), tarball, option])
    expect(status === 0 ? '' : stdout + stderr).toBe('')
  })
})

describe('the types', () => {
  const IMPORT = "import { connect, type IpvsClient } from 'ipvsadm'\n"
  const REQUIRE = "import library = require('ipvsadm')\nimport type { IpvsClient } from 'ipvsadm'\n"
  const USE = 'const client: Promise<IpvsClient> = connect()\nconst wrong: number = connect()\n'

  it.each([
    ['node16 from an ES module', 'use.mts', 'node16', 'node16', IMPORT],
    ['node16 from CommonJS', 'use.cts', 'node16', 'node16', `${REQUIRE}const { connect } = library\n`],
    ['bundler', 'use.ts', 'esnext', 'bundler', IMPORT],
  ])('are found by %s, and catch a mistake', (_name, file, module, resolution, head) => {
    writeFileSync(join(project, file), head + USE)
    const tsc = [
      process.execPath,
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '--ignoreConfig',
      '--noEmit',
    ]
    const options = ['--strict', '--target', 'es2023', '--types', '', '--module', module]
    const words = [...tsc, ...options, '--moduleResolution', resolution, file]
    expect(place.run([], words, project).stdout.match(/^\S.* error .*:/gm)).toEqual([
      expect.stringMatching(/^use\.\w+\(\d,7\): error TS2322:$/),
    ])
  })
})

describe('in the test kernel', () => {
  let guest: Guest

  beforeAll(async () => {
    guest = await Guest.start({ cwd: place.folder })
  })

  afterAll(async () => guest?.stop())

  it.each(NODES)('administers the table on Node $version', async ({ version, node }) => {
    const namespace = await guest.namespace()
    const env = { PATH: `${bin(version)}:${join(node, '..')}:/usr/sbin:/usr/bin:/sbin:/bin` }
    const line = 'ipvsadm -A -t 192.0.2.1:80 -s rr && ipvsadm -Ln'
    const { status, stdout, stderr } = await namespace.run(['sh', '-c', line], { env })
    expect({ status, stderr: `${stderr}` }).toEqual({ status: 0, stderr: '' })
    expect(`${stdout}`).toMatch(/\nTCP {2}192\.0\.2\.1:80 rr\n$/)
  })

  it.each(NODES)('runs the examples of docs/library.md on Node $version', async ({ node }) => {
    for (const { name, program, output } of await libraryExamples()) {
      const file = join(project, `${name}.mjs`)
      writeFileSync(file, program)
      const namespace = await guest.namespace()
      const { status, stdout, stderr } = await namespace.run([node, file])
      expect({ status, stdout: `${stdout}`, stderr: `${stderr}` }).toEqual({
        status: 0,
        stdout: output,
        stderr: '',
      })
    }
  })
})
