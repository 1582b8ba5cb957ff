// The executable in a root with no other file, and that of arm64 under an emulator. It asks for no file of the system, so
// that any distribution, old or with another C library, is the same to it.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'

const HERE = join(ROOT, 'dist/standalone/ipvsadm')
let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ipvsadm-root-'))
  copyFileSync(HERE, join(root, 'ipvsadm'))
  copyFileSync(join(ROOT, 'dist/standalone-arm64/ipvsadm'), join(root, 'arm64'))
  writeFileSync(join(root, 'rules'), '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 192.0.2.2:80 -m\n')
  writeFileSync(
    join(root, 'wrong'),
    '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 192.0.2.2:80 --nonsense\n',
  )
})
afterAll(() => rmSync(root, { recursive: true }))

function run(program: string, words: readonly string[], argv0 = program) {
  const options = { encoding: 'utf8', env: {}, cwd: root, argv0 } as const
  const { status, stdout, stderr } = spawnSync(program, words, options)
  return { status, stdout, stderr }
}

const places: readonly [string, string, readonly string[]][] = [
  ['an empty root', '/usr/sbin/chroot', ['.', '/ipvsadm']],
  ['an emulator of arm64', '/usr/bin/qemu-aarch64-static', ['-0', '/ipvsadm', './arm64']],
]

describe.each(places)('in %s', (_place, program, before) => {
  it.each([
    ['-v', 0],
    ['-h', 0],
    ['version', 0],
    ['check rules', 0],
    ['check wrong', 2],
    ['check --nonsense', 2],
    ['completion bash', 0],
    ['help weight', 0],
  ])('%s', (line, status) => {
    const words = line.split(' ')
    const outcome = run(program, [...before, ...words])
    expect(outcome).toEqual(run(HERE, words, '/ipvsadm'))
    expect(outcome.status).toBe(status)
  })
})

it('asks no name server that it cannot reach', () => {
  mkdirSync(join(root, 'etc'))
  writeFileSync(
    join(root, 'etc/resolv.conf'),
    'nameserver fe80::1%lo\nnameserver fe80::1%nosuch0\nnameserver ::1%7\n',
  )
  writeFileSync(join(root, 'names'), '-A -t example.org:80 -s rr\n')
  expect(run('/usr/sbin/chroot', ['.', '/ipvsadm', 'check', 'names'])).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'line 1: example.org: no address, the resolver did not answer: -A -t example.org:80 -s rr\n1 line has an error; the file would be refused\n',
  })
})

/** getent(1) as the program runs it, which knows every name. */
const GETENT = `
  #include <stdio.h>
  int main(int count, char **words) { return count == 3 ? printf("192.0.2.7 STREAM %s\\n", words[2]) < 0 : 1; }`

it('asks the C library for any number of names, and needs few descriptors', () => {
  for (const folder of ['etc', 'dev', 'usr/bin']) mkdirSync(join(root, folder), { recursive: true })
  const text = join(root, 'getent.c')
  writeFileSync(text, GETENT)
  execFileSync('gcc', ['-static', text, '-o', join(root, 'usr/bin/getent')])
  writeFileSync(join(root, 'dev/null'), '')
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files sss\n')
  const servers = Array.from({ length: 600 }, (_, i) => `-a -t 192.0.2.1:80 -r host${i}:${i + 1} -m\n`)
  writeFileSync(join(root, 'servers'), `-A -t 192.0.2.1:80\n${servers.join('')}`)
  const words = ['-c', 'ulimit -n 100; exec chroot . /ipvsadm check servers']
  const { status, stderr } = run('/bin/sh', words)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

it('in an empty root it says that the kernel has no ip_vs', () => {
  const { status, stdout, stderr } = run('/usr/sbin/chroot', ['.', '/ipvsadm', '-Ln'])
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(/^Can't initialize ipvs: .*\n/)
})
