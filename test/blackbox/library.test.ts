// The built library: its exports, and that its types allow and refuse the right uses.

import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { libraryExamples } from '../support/library-examples.ts'
import { ROOT } from '../support/program.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipvsadm-library-'))
  await mkdir(join(folder, 'node_modules', '@types'), { recursive: true })
  await symlink(ROOT, join(folder, 'node_modules', 'ipvsadm'))
  await symlink(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function node(file: string, script: string): Promise<string> {
  await writeFile(join(folder, file), script)
  const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout
}

const EXPORTS = [
  'DecodeError',
  'IpvsClient',
  'KernelError',
  'ListingError',
  'NamespaceError',
  'TransportError',
  'UnavailableError',
  'changesBetween',
  'connect',
  'familyOf',
  'formatChange',
  'formatRules',
  'isFwmark',
  'isTemplate',
  'parseAddress',
  'readRules',
  'serverKey',
  'serviceKey',
  'watch',
]

describe('exports', () => {
  it('for CommonJS', async () => {
    const names = await node('names.cjs', "console.log(Object.keys(require('ipvsadm')).sort().join())")
    expect(names.trim().split(',')).toEqual(EXPORTS)
  })

  it('for ES modules, by name', async () => {
    const list = EXPORTS.join(', ')
    const script = `import { ${list} } from 'ipvsadm'\nconsole.log([${list}].every((it) => it !== undefined))`
    expect(await node('names.mjs', script)).toBe('true\n')
  })

  it('loading it opens nothing and keeps nothing alive', async () => {
    expect(
      await node('load.cjs', "require('ipvsadm'); console.log(process.getActiveResourcesInfo().length)"),
    ).toBe('0\n')
  })
})

it('says that there is no such namespace', async () => {
  const script =
    "require('ipvsadm').connect({ netns: 'blue' }).catch(({ name, code, message }) => console.log(name, code, message))"
  expect(await node('elsewhere.cjs', script)).toMatch(
    /^NamespaceError ENOENT there is no network namespace `blue'/,
  )
})

const PROGRAM = `
import { type ChangeRequest, connect, IpvsClient, isFwmark, KernelError, type Ruleset, type Service, type ServiceName,
  type Transport } from 'ipvsadm'

const client: IpvsClient = await connect()
const services: Service[] = await client.services({ stats: false })
for (const { id, config, observed } of services) {
  const count: bigint = observed.stats.connections
  const seconds: number | undefined = config.persistence?.timeout
  const text: string = isFwmark(id) ? String(id.fwmark) : id.address
  console.log(count, seconds, text)
}
const web: ServiceName = { protocol: 'tcp', address: '192.0.2.1', port: 80 }
const change: ChangeRequest = { kind: 'add-service', service: web, config: { flags: ['sh-port'] } }
await client.applyAll([change, { kind: 'flush' }])
const wanted: Ruleset = { services: await client.table() }
const outcome = await client.applyPlan(await client.planRestore(wanted))
const transport: Transport = { port: 1, send() {}, receive: async () => new Uint8Array(), close() {} }
await IpvsClient.open({ transport }).catch((error: unknown) => error instanceof KernelError && error.subject?.kind)
`

/** Lines that must not compile, each with the error's number. */
const MISTAKES: readonly (readonly [string, code: string])[] = [
  ["await client.apply({ kind: 'add-service' })", 'TS2345'],
  ["await client.apply({ kind: 'nonsense' })", 'TS2322'],
  ["await client.apply({ kind: 'stop-daemon', state: 'both' })", 'TS2322'],
  ["services[0]!.config.scheduler = 'rr'", 'TS2540'],
  ['const wrong: number = services[0]!.observed.stats.connections', 'TS2322'],
  ['console.log(services[0]!.id.port)', 'TS2339'],
  ["const plain: ServiceName = { protocol: 'icmp', address: '192.0.2.1', port: 1 }", 'TS2322'],
  ["await client.addService(web, { flags: ['sh_port'] })", 'TS2820'],
  ["if (outcome.kind === 'done') console.log()", 'TS2367'],
]

function compile(file: string): string {
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  return spawnSync(tsc, [...options, '--ignoreConfig', file], { cwd: folder, encoding: 'utf8' }).stdout
}

describe('types', () => {
  it('accept the uses in the documentation', async () => {
    await writeFile(join(folder, 'program.mts'), PROGRAM)
    expect(compile('program.mts')).toBe('')
  })

  it('let the examples of docs/library.md through', async () => {
    for (const { name, source } of await libraryExamples()) {
      await writeFile(join(folder, `${name}.mts`), source)
      expect(compile(`${name}.mts`)).toBe('')
    }
  })

  it('are those of docs/library-api.txt; if they shall change: cp dist/types/index.d.ts docs/library-api.txt', async () => {
    const built = await readFile(join(ROOT, 'dist/types/index.d.ts'), 'utf8')
    expect(built).toBe(await readFile(join(ROOT, 'docs/library-api.txt'), 'utf8'))
  })

  it('reject wrong uses', async () => {
    const lines = PROGRAM.split('\n').length
    await writeFile(
      join(folder, 'mistakes.mts'),
      `${PROGRAM}\n${MISTAKES.map(([line]) => line).join('\n')}\n`,
    )
    const errors = compile('mistakes.mts')
    const found = [...errors.matchAll(/^mistakes\.mts\((\d+),\d+\): error (TS\d+)/gm)]
    expect(found.map(([, line, code]) => [Number(line) - lines, code])).toEqual(
      MISTAKES.map(([, code], i) => [i + 1, code]),
    )
  })
})
