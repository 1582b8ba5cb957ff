// Rule files in either format, with a byte order mark and without.
import { describe, expect, it } from '@jest/globals'
import { readRuleFile } from '../../lib/rules/read-file.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const OPTIONS = { posix: false, names: nodeSystem.names }
const MARK = '\ufeff'
const JSON_FILE = '{"services":[{"protocol":"tcp","address":"192.0.2.1","port":80}]}'

describe('a byte order mark', () => {
  it.each([
    ['a comment', '# a comment\n-A -t 192.0.2.1:80\n'],
    ['a rule', '-A -t 192.0.2.1:80\n'],
    ['an empty line', '\n-A -t 192.0.2.1:80\n'],
    ['JSON', JSON_FILE],
    ['indented JSON', JSON.stringify(JSON.parse(JSON_FILE), null, 2)],
  ])('is skipped with a warning, before %s', async (_, text) => {
    const plain = await readRuleFile(text, OPTIONS)
    const marked = await readRuleFile(MARK + text, OPTIONS)
    expect(marked.errors).toEqual([])
    expect([...marked.ruleset.services]).toEqual([...plain.ruleset.services])
    expect(marked.warnings).toEqual([
      { severity: 'warning', message: 'a byte order mark is skipped', line: 1, text: text.split('\n')[0] },
    ])
  })

  it('is an invisible character elsewhere', async () => {
    const { errors } = await readRuleFile(`${MARK}${MARK}-A -f 1\n-A -f 2\n${MARK}-A -f 3\n`, OPTIONS)
    const message = 'does not begin with a command; the line has the invisible character U+FEFF'
    expect(errors.map((error) => [error.line, error.message])).toEqual([
      [1, message],
      [3, message],
    ])
  })

  it('is skipped by -R too', async () => {
    const kernel = new FakeKernel()
    expect(await run(kernel, '-R', { input: `${MARK}-A -f 1\n-a -f 1 -r 10.0.0.1\n` })).toMatchObject({
      status: 0,
      stderr: '',
    })
  })
})
