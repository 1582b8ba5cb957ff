// The built library: its exports, and that its types allow and refuse the right uses.

import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
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
  'DESTINATION_DEFAULTS',
  'DecodeError',
  'IpvsClient',
  'KernelError',
  'SERVICE_DEFAULTS',
  'SVC_F',
  'TUNNEL_FLAG',
  'TransportError',
  'UnavailableError',
  'changesBetween',
  'connect',
  'destinationKey',
  'familyOf',
  'hostNetmask',
  'isFwmark',
  'isTemplate',
  'netmaskFromAddress',
  'netmaskFromPrefix',
  'parseAddress',
  'parseConnection',
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

const PROGRAM = `
import { type Change, connect, DESTINATION_DEFAULTS, hostNetmask, IpvsClient, isFwmark, KernelError, parseAddress,
  SERVICE_DEFAULTS, type Service, type ServiceId, type Transport } from 'ipvsadm'

const client: IpvsClient = await connect()
const services: Service[] = await client.services({ stats: false })
for (const { id, config, observed } of services) {
  const count: bigint = observed.stats.connections
  const seconds: number = config.timeout
  const text: string = isFwmark(id) ? String(id.fwmark) : id.address
  console.log(count, seconds, text)
}
const address = parseAddress('192.0.2.1')
if (address) {
  const web: ServiceId = { family: 'inet', protocol: 'tcp', address, port: 80 }
  const change: Change = {
    kind: 'add-service',
    service: web,
    config: { ...SERVICE_DEFAULTS, netmask: hostNetmask('inet') },
  }
  await client.applyAll([change, { kind: 'flush' }])
  await client.apply({
    kind: 'add-server', service: web, server: { family: 'inet', address, port: 80 }, config: DESTINATION_DEFAULTS,
  })
}
const transport: Transport = { port: 1, send() {}, receive: async () => new Uint8Array(), close() {} }
await IpvsClient.open({ transport }).catch((error: unknown) => error instanceof KernelError && error.errno)
`

/** Lines that must not compile, each with the error's number. */
const MISTAKES: readonly (readonly [string, code: string])[] = [
  ["await client.apply({ kind: 'add-service' })", 'TS2345'],
  ["await client.apply({ kind: 'nonsense' })", 'TS2322'],
  ["await client.apply({ kind: 'stop-daemon', state: 'both' })", 'TS2322'],
  ['services[0]!.config.timeout = 5', 'TS2540'],
  ['const wrong: number = services[0]!.observed.stats.connections', 'TS2322'],
  ['console.log(services[0]!.id.port)', 'TS2339'],
  ["const plain: ServiceId = { family: 'inet', protocol: 'icmp', address: address!, port: 1 }", 'TS2322'],
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
