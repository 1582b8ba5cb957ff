// The functions that short commands use lie together in the executable (native/start-functions.txt).
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { LAUNCHERS } from '../support/launchers.ts'
import { ROOT } from '../support/program.ts'

const PROGRAM = join(ROOT, LAUNCHERS.standalone, 'ipvsadm')

/** The sizes of the sections with code. */
function codeSizes(): Map<string, number> {
  const text = execFileSync('readelf', ['-SW', PROGRAM], { encoding: 'utf8' })
  const rows = text.matchAll(/\] (\.text\S*) +PROGBITS +\w+ \w+ (\w+)/g)
  return new Map([...rows].map(([, name, size]) => [name!, Number.parseInt(size!, 16)]))
}

it('finds most functions of the list, which are about half of the code', () => {
  const sizes = codeSizes()
  const [listed, others] = [sizes.get('.text.start')!, sizes.get('.text')!]
  const share = listed / (listed + others)
  expect(share).toBeGreaterThan(0.4)
  expect(share).toBeLessThan(0.6)
})
