// Options of subcommands that are given twice: refused, unless their row says otherwise.
import { expect, it } from '@jest/globals'
import { SUBCOMMAND_ROWS } from '../../lib/grammar/subcommand-rows.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const once = SUBCOMMAND_ROWS.flatMap(({ name, words, options, onNode }) =>
  onNode === undefined
    ? options
        .filter(({ argument, repeatable }) => argument === 'required' && repeatable !== true)
        .map(({ long, choices }) => ({ name, long, value: choices?.[0] ?? '1', words }))
    : [],
)

it.each(once)('$name --$long', async ({ name, long, value, words }) => {
  const needed = words
    .filter(({ optional }) => optional !== true)
    .map(({ choices }) => choices?.[0] ?? '-')
    .join(' ')
  const line = `${name} ${needed} --${long} ${value} --${long} ${value}`
  const kernel = new FakeKernel()
  expect(await run(kernel, line)).toMatchObject({
    status: 2,
    stdout: '',
    stderr: `multiple '${long}' options specified\n`,
  })
  expect(kernel.requests).toEqual([])
})
