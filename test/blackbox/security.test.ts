// Effects of the programs on a machine without ip_vs, and the code that is in the bundles. docs/security.md says
// the same in words; test/kernel/security.test.ts is about the rest.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Deeds, deedsOf, traced } from '../support/deeds.ts'
import { LAUNCHER_NAMES, type Launcher } from '../support/launchers.ts'
import { ROOT, shell } from '../support/program.ts'

const RULES = `printf '%s\\n' '-A -t 192.0.2.1:80 -s rr' '-a -t 192.0.2.1:80 -r 198.51.100.1 -m'`

let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
})

afterAll(() => rmSync(scratch, { recursive: true }))

/** Traces a line whose programs may fail. */
function trace(launcher: Launcher, line: string): Deeds {
  const folder = mkdtempSync(join(scratch, 'trace-'))
  const words = traced(folder).map((word) => `'${word}'`)
  shell(`exec ${words.join(' ')} "$LINE"`, { launcher, env: { LINE: line, MODPROBE_OPTIONS: '-d /nowhere' } })
  const traces = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  expect(traces.length).toBeGreaterThan(0)
  return deedsOf(traces)
}

describe.each(LAUNCHER_NAMES)('%s', (launcher) => {
  it('commands without the kernel start no program, use no network and change no file', () => {
    const line = `ipvsadm -h; ipvsadm help; ipvsadm completion bash; ${RULES} | ipvsadm check -`
    expect(trace(launcher, line)).toEqual({ programs: [], sockets: [], peers: [], changes: [] })
  })

  it('looks names up in the system and at name servers only', () => {
    const { peers, ...rest } = trace(launcher, `! echo '-A -t no.such.host.invalid:80' | ipvsadm check -`)
    expect(rest).toMatchObject({ programs: [], changes: [] })
    // Port 0: which addresses this host would send from.
    expect(peers.filter((peer) => !/htons\((0|53)\)|nscd|resolve/.test(peer))).toEqual([])
  })

  it.each(['ipvsadm -Ln', 'ipvsadm -Sn'])('%s: no program but modprobe', (line) => {
    const { programs, sockets, peers } = trace(launcher, line)
    expect(programs).toEqual(['["/sbin/modprobe", "--", "ip_vs"]'])
    expect({ sockets, peers }).toEqual({ sockets: ['AF_NETLINK, RAW'], peers: [] })
  })
})

describe('the bundles', () => {
  const read = (file: string) => readFileSync(join(ROOT, 'dist', file), 'utf8')
  const count = (file: string, pattern: RegExp) => read(file).match(pattern)?.length ?? 0

  it('do not evaluate text as code', () => {
    for (const file of ['main.js', 'index.js']) {
      expect([file, count(file, /\beval\(|\bFunction\(|\bnode:vm\b|["']vm["']/g)]).toEqual([file, 0])
    }
  })

  it.each(['main.js', 'index.js'])('%s loads child_process in one place', (file) => {
    expect(count(file, /["'](node:)?child_process["']/g)).toBe(1)
  })

  it('contain no web client', () => {
    for (const file of ['main.js', 'index.js']) {
      expect([file, count(file, /["'](node:)?(https?2?|tls|inspector)["']/g)]).toEqual([file, 0])
    }
  })
})
