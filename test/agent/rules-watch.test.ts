// The watch of the rule file, with real files and a real watcher: what is handed on, and what is not.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { realClock } from '../../lib/agent/clock.ts'
import {
  nodeRulesFiles,
  type RulesFiles,
  type RulesOrProblems,
  RulesWatch,
} from '../../lib/agent/rules-watch.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { TestClock } from './support/test-clock.ts'

const RULES = '-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m\n'
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-rules-'))
  path = join(folder, 'rules')
  writeFileSync(path, RULES)
})
const watchers: RulesWatch[] = []
afterEach(() => {
  for (const watcher of watchers.splice(0)) watcher.stop()
  rmSync(folder, { recursive: true })
})

/** Services in what was read, or the problems. */
const gist = (read: RulesOrProblems | undefined) =>
  read === undefined ? undefined : 'rules' in read ? [...read.rules.services.keys()] : read.problems

const GOOD = ['tcp 192.0.2.1 80']

function watch(clock = realClock, files: RulesFiles = nodeRulesFiles) {
  const results: RulesOrProblems[] = []
  let wake = () => {}
  const watcher = new RulesWatch({
    path,
    system: nodeSystem,
    clock,
    files,
    read: (result) => {
      results.push(result)
      wake()
    },
  })
  watchers.push(watcher)
  return {
    watcher,
    results,
    /** The next reading, or one that was made already. */
    next: async () => {
      if (results.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return results.shift()
    },
  }
}

describe('reload', () => {
  it('reads the whole file', async () => {
    const { watcher, results } = watch()
    await watcher.reload()
    expect(results.map(gist)).toEqual([GOOD])
  })

  it.each<[string, () => void, unknown]>([
    [
      'half written',
      () => writeFileSync(path, RULES.slice(0, -8)),
      [expect.stringMatching(/^line 2: .*198\.51\.100\./)],
    ],
    ['empty', () => writeFileSync(path, ''), [expect.stringContaining('there are no services in it')]],
    ['gone', () => unlinkSync(path), [expect.stringMatching(/rules: .*no such file/i)]],
    [
      'a directory',
      () => {
        unlinkSync(path)
        mkdirSync(path)
      },
      [expect.stringContaining('it is a directory')],
    ],
    [
      'a FIFO',
      () => {
        unlinkSync(path)
        execFileSync('mkfifo', [path])
      },
      [expect.stringContaining('it is not a file')],
    ],
    [
      'not text',
      () => writeFileSync(path, Buffer.from([0xff, 0xfe, 0])),
      [expect.stringContaining('not UTF-8')],
    ],
    [
      'a JSON document with an unknown key',
      () => writeFileSync(path, '{"services":[],"no":1}'),
      [expect.stringContaining('no')],
    ],
  ])('hands on why a file that is %s is wrong', async (_name, spoil, problems) => {
    spoil()
    const { watcher, results } = watch()
    await watcher.reload()
    expect(results.map(gist)).toEqual([problems])
  })
})

describe('the watch', () => {
  it.each<[string, () => void]>([
    [
      'written',
      () => writeFileSync(path, RULES.replace('192.0.2.1', '192.0.2.2').replace('192.0.2.1', '192.0.2.2')),
    ],
    [
      'replaced',
      () => {
        writeFileSync(`${path}.new`, '-A -t 192.0.2.2:80\n')
        renameSync(`${path}.new`, path)
      },
    ],
  ])('reads a file that was %s', async (_name, change) => {
    const { watcher, results, next } = watch()
    await watcher.reload()
    results.length = 0
    watcher.start()
    change()
    expect(gist(await next())).toEqual(['tcp 192.0.2.2 80'])
  })

  it('reads once when a file is written in pieces, after the last of them', async () => {
    let changed = () => {}
    const files = {
      ...nodeRulesFiles,
      watch: (_: string, callback: () => void) => {
        changed = callback
        return () => {}
      },
    }
    const clock = new TestClock()
    const { watcher, results, next } = watch(clock, files)
    await watcher.reload()
    results.length = 0
    watcher.start()
    for (let length = 0; length <= RULES.length; length += 10) {
      writeFileSync(path, RULES.slice(0, length))
      changed()
      await clock.advance(100)
    }
    writeFileSync(path, RULES)
    changed()
    await clock.advance(200)
    expect(gist(await next())).toEqual(GOOD)
    expect(results).toEqual([])
  })

  it('notices a change that it was not told of when it looks', async () => {
    const { watcher, results, next } = watch(realClock, { ...nodeRulesFiles, watch: () => () => {} })
    await watcher.reload()
    results.length = 0
    watcher.start()
    await watcher.look()
    writeFileSync(path, '-A -t 192.0.2.2:80\n')
    await watcher.look()
    expect(gist(await next())).toEqual(['tcp 192.0.2.2 80'])
  })

  it('hands on that a FIFO has replaced the file, and reads the file that replaces it', async () => {
    const { watcher, results, next } = watch()
    await watcher.reload()
    results.length = 0
    watcher.start()
    execFileSync('mkfifo', [`${path}.fifo`])
    renameSync(`${path}.fifo`, path)
    expect(gist(await next())).toEqual([`${path}: it is not a file but a FIFO`])
    writeFileSync(`${path}.new`, '-A -t 192.0.2.2:80\n')
    renameSync(`${path}.new`, path)
    expect(gist(await next())).toEqual(['tcp 192.0.2.2 80'])
  })

  it('reads a file that a link was turned to', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    renameSync(path, one)
    writeFileSync(two, '-A -t 192.0.2.2:80\n')
    symlinkSync(one, path)
    const { watcher, results, next } = watch()
    await watcher.reload()
    expect(gist(results.shift())).toEqual(GOOD)
    watcher.start()
    symlinkSync(two, join(folder, 'new'))
    renameSync(join(folder, 'new'), path)
    expect(gist(await next())).toEqual(['tcp 192.0.2.2 80'])
  })
})
