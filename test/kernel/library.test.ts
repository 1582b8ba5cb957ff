// The published library: the examples of its documentation, run on a real kernel, print the documented output.

import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { INSTALLED_PATH, install } from '../support/install.ts'

const ROOT = join(__dirname, '..', '..')

let guest: Guest
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipvsadm-library-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink('/opt/ipvsadm', join(folder, 'node_modules', 'ipvsadm'))
  guest = await Guest.start()
  await install(guest)
  await guest.run(['cp', join(ROOT, 'package.json'), '/opt/ipvsadm'])
})

afterAll(async () => {
  await guest?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The blocks of the documentation that are marked as a language, or as none. */
async function blocks(language: string): Promise<string[]> {
  const text = await readFile(join(ROOT, 'docs/library.md'), 'utf8')
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, of]) => of === language)
    .map(([, , code]) => code!)
}

it('each example prints the documented output', async () => {
  const [examples, outputs] = [await blocks('js'), await blocks('')]
  expect(examples.length).toBeGreaterThanOrEqual(2)
  for (const [i, example] of examples.entries()) {
    await writeFile(join(folder, `example-${i}.mjs`), example)
    const namespace = await guest.namespace()
    const result = await namespace.run([process.execPath, join(folder, `example-${i}.mjs`)])
    expect({ status: result.status, stdout: `${result.stdout}`, stderr: `${result.stderr}` }).toEqual({
      status: 0,
      stdout: outputs[i],
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
  const env = { PATH: INSTALLED_PATH }
  expect(`${(await namespace.run([process.execPath, path], { env })).stdout}`).toBe('10201\n')
  const nobody = ['setpriv', '--reuid', '65534', '--clear-groups', process.execPath]
  await guest.run(['chmod', '-R', 'a+rX', folder])
  expect(`${(await namespace.run([...nobody, path], { env })).stdout}`).toBe(
    'true UNAVAILABLE Permission denied (you must be root)\n',
  )
})
