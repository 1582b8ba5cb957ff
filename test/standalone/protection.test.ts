// The memory of the executable as it runs: what may be written, and what is code.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { LAUNCHERS } from '../support/launchers.ts'
import { ROOT } from '../support/program.ts'

const PROGRAM = join(ROOT, LAUNCHERS.standalone, 'ipvsadm')

/** The mappings of the executable while it waits for its input: the first address, the end, and the permissions. */
async function mappings(): Promise<{ from: number; to: number; mode: string; path: string }[]> {
  const child = spawn(PROGRAM, ['check', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  try {
    await once(child, 'spawn')
    const state = () => readFileSync(`/proc/${child.pid}/syscall`, 'utf8')
    // Call 0 is read(2): of descriptor 0.
    while (!/^0 0x0 /.test(state())) await new Promise(setImmediate)
    return readFileSync(`/proc/${child.pid}/maps`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => /^(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line)!)
      .map(([, from, to, mode, path]) => ({
        from: Number.parseInt(from!, 16),
        to: Number.parseInt(to!, 16),
        mode: mode!,
        path: path!,
      }))
  } finally {
    child.kill()
    await once(child, 'exit')
  }
}

it('relocated constants are read-only, and no memory can be written and run', async () => {
  const [, start, size] = /GNU_RELRO +\w+ (\w+) \w+ \w+ (\w+)/.exec(
    execFileSync('readelf', ['-lW', PROGRAM], { encoding: 'utf8' }),
  )!
  const all = await mappings()
  const base = all.find(({ path }) => path === PROGRAM)!.from
  const [from, to] = [base + Number(start), base + Number(start) + Number(size)]
  const constants = all.filter((each) => each.from < to && each.to > from)
  expect(constants.map(({ mode }) => mode)).toEqual(['r--p'])
  expect(all.filter(({ mode }) => mode.includes('wx'))).toEqual([])
})
