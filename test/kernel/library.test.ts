// The published library on a real kernel: the examples of its documentation print what the document shows. (On every
// supported Node: test/packages.)

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Guest, INSTALLED_KERNEL } from '../support/guest.ts'
import { install, installedPath } from '../support/install.ts'
import { libraryExamples } from '../support/library-examples.ts'

const ROOT = join(__dirname, '..', '..')

let guest: Guest
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipvsadm-library-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink('/opt/ipvsadm', join(folder, 'node_modules', 'ipvsadm'))
  guest = await Guest.start({ kernel: INSTALLED_KERNEL })
  await install(guest)
  await guest.run(['cp', join(ROOT, 'package.json'), '/opt/ipvsadm'])
})

afterAll(async () => {
  await guest?.stop()
  await rm(folder, { recursive: true, force: true })
})

it('each example prints the documented output', async () => {
  for (const { name, program, output } of await libraryExamples()) {
    const file = join(folder, `${name}.mjs`)
    await writeFile(file, program)
    const namespace = await guest.namespace()
    const { status, stdout, stderr } = await namespace.run([process.execPath, file])
    expect({ status, stdout: `${stdout}`, stderr: `${stderr}` }).toEqual({
      status: 0,
      stdout: output,
      stderr: '',
    })
  }
})

it('works from CommonJS, ends when closed, and reports the reason of a failure', async () => {
  const script = `
    const { connect, UnavailableError } = require('ipvsadm')
    connect().then(
      (client) => { console.log(client.info.version.toString(16)); client.close() },
      (error) => console.log(error instanceof UnavailableError, error.code, error.reason),
    )`
  await writeFile(join(folder, 'script.cjs'), script)
  const path = join(folder, 'script.cjs')
  const namespace = await guest.namespace()
  const env = { PATH: installedPath('node') }
  expect(`${(await namespace.run([process.execPath, path], { env })).stdout}`).toBe('10201\n')
  const nobody = ['setpriv', '--reuid', '65534', '--clear-groups', process.execPath]
  await guest.run(['chmod', '-R', 'a+rX', folder])
  expect(`${(await namespace.run([...nobody, path], { env })).stdout}`).toBe(
    'true UNAVAILABLE Permission denied (you must be root)\n',
  )
})

it('says how to start the program in another namespace, and works in there', async () => {
  const file = join(folder, 'elsewhere.cjs')
  await writeFile(
    file,
    `require('ipvsadm').connect({ netns: 'blue' }).then(
      (client) => { console.log(client.info.version.toString(16)); client.close() },
      ({ name, message }) => console.log(name, message))`,
  )
  const line = `ip netns add blue; ${process.execPath} ${file}; nsenter --net=/run/netns/blue ${process.execPath} ${file}; ip netns del blue`
  const { stdout } = await guest.run(['sh', '-c', line], { env: { PATH: installedPath('node') } })
  expect(`${stdout}`).toBe(
    'NamespaceError Node.js cannot change its network namespace: start the program in it, nsenter --net=/run/netns/blue node …\n10201\n',
  )
})
