// Lines of the usual shape are read as the general parser reads them.
import { expect, it } from '@jest/globals'
import { parse } from '../../lib/grammar/parse.ts'
import { plainRule } from '../../lib/grammar/plain-rule.ts'
import type { Names } from '../../lib/grammar/values.ts'
import { ruleLines } from '../../lib/rules/split-lines.ts'
import { ruleLine } from '../support/rule-line.ts'

const NAMES: Names = { host: () => null, port: () => undefined }

let state = 1
const random = (below: number) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

it.each([false, true])('gives what the general parser gives (POSIX: %s)', (posix) => {
  let plain = 0
  for (let i = 0; i < 5000; i++) {
    const line = ruleLine(random, random(3) > 0)
    const change = plainRule(line)
    if (change === undefined) continue
    plain++
    for (const { words } of ruleLines(line)) {
      expect([line, change]).toEqual([line, parse(words, NAMES, { posix, wholeNames: true })])
    }
  }
  expect(plain).toBeGreaterThan(500)
})

it.each([
  '-A -t 192.0.2.1:80',
  '-A -u 192.0.2.1:53 -s rr -p 300',
  '-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 0',
  '\t-a  -r 198.51.100.1:8080 -w 7 -i -t 192.0.2.1:80 \r',
])('reads %j', (line) => {
  expect(plainRule(line)).toBeDefined()
})

it.each([
  '',
  '# -A -t 192.0.2.1:80',
  '-E -t 192.0.2.1:80',
  '-A -t 192.0.2.1:80 -s ipvsadm',
  '-A -t 192.0.2.1:80 -t 192.0.2.1:80',
  '-A -t 192.0.2.1:0',
  '-A -t [2001:db8::1]:80',
  '-a -t 192.0.2.1:80',
  '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -g',
  '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -w',
])('leaves %j', (line) => {
  expect(plainRule(line)).toBeUndefined()
})
