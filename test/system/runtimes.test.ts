// Names that only Node has are used only in files for Node: QuickJS, in the standalone executable, would throw.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'

/** The parts of lib/ that only Node runs. */
const NODE = /^(system\/node|agent|fleet|serve)\/|^(index|main-node)\.ts$/

const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((name) => /\.ts$/.test(name))
const shared = files.filter((name) => !NODE.test(name))

it.each(['Buffer', 'process', 'require'])('no file that QuickJS runs uses %s', (name) => {
  expect(shared.length).toBeGreaterThan(100)
  const uses = shared.filter((file) => {
    const code = readFileSync(join('lib', file), 'utf8').replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '')
    return new RegExp(`(?<![\\w.'"/-])${name}[.(]`).test(code)
  })
  expect(uses).toEqual([])
})
