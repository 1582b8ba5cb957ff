// The snapshot of evaluated modules in the executable (native/snapshot.c).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it, jest } from '@jest/globals'
import { LAUNCHERS } from '../support/launchers.ts'
import { ROOT } from '../support/program.ts'

const PROGRAM = join(ROOT, LAUNCHERS.standalone, 'ipvsadm')

it('each process has random numbers of its own', () => {
  const words = ['-qq', '-e', 'trace=sendto', PROGRAM, '-Ln']
  const first = () => /nlmsg_seq=(\d+)/.exec(spawnSync('strace', words, { encoding: 'utf8' }).stderr)?.[1]
  const numbers = Array.from({ length: 5 }, first)
  expect(numbers).not.toContain(undefined)
  expect(new Set(numbers).size).toBeGreaterThan(1)
})

/** The keys, which are neither text nor numbers, that maps and sets get while `work` runs. */
async function identitiesIn(work: () => Promise<unknown>): Promise<unknown[]> {
  const found: unknown[] = []
  const restore = [
    [Map.prototype, 'set'] as const,
    [Set.prototype, 'add'] as const,
    [WeakMap.prototype, 'set'] as const,
    [WeakSet.prototype, 'add'] as const,
  ].map(([prototype, name]) => {
    const own = Reflect.get(prototype, name)
    Reflect.set(prototype, name, function (this: unknown, key: unknown, ...rest: unknown[]) {
      if (['object', 'function', 'symbol'].includes(typeof key) && key !== null) found.push(key)
      return Reflect.apply(own, this, [key, ...rest])
    })
    return () => Reflect.set(prototype, name, own)
  })
  try {
    await work()
  } finally {
    for (const each of restore) each()
  }
  return found
}

it('has nothing that belongs to one process, and no object or symbol as a key of a map or set', async () => {
  expect(await identitiesIn(async () => new Map([[{}, new WeakSet([[]])]]))).toEqual([[], {}])
  const calls: string[] = []
  const host = new Proxy(
    {},
    { get: (_, name) => (name === '__esModule' ? true : () => void calls.push(String(name))) },
  )
  jest.doMock('host', () => host, { virtual: true })
  // The modules of scripts/build-standalone.mjs and scripts/build-parts.mjs.
  const evaluated = async () => {
    await import('../../lib/main-quickjs.ts')
    await import('../../lib/grammar/read-command.ts')
    await import('../../lib/commands/run-command.ts')
    await import('../../lib/system/quickjs/packages/scan.ts')
    await import('../../lib/system/quickjs/packages/record-reader.ts')
  }
  expect(await identitiesIn(evaluated)).toEqual([])
  expect(new Set(calls)).toEqual(new Set(['setWaiter']))
})
