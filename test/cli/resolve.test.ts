// Parsing with names: each host is asked for once, all of a file's at the same time.

import { describe, expect, it } from '@jest/globals'
import { parse } from '../../lib/cli/parse.ts'
import { withNames, withNamesEach } from '../../lib/cli/resolve.ts'

const words = (line: string) => line.split(' ')

describe('one command', () => {
  it('with two hosts', async () => {
    const command = await withNames((names) => parse(words('-a -t localhost:80 -r localhost -m'), names))
    expect(command).toMatchObject({
      service: { address: '127.0.0.1' },
      server: { address: '127.0.0.1', port: 80 },
    })
  })

  it('without one is parsed once', async () => {
    let readings = 0
    await withNames((names) => {
      readings++
      return parse(words('-A -t 192.0.2.1:80'), names)
    })
    expect(readings).toBe(1)
  })

  it('other errors are passed on', async () => {
    await expect(withNames((names) => parse(words('-A -Q'), names))).rejects.toThrow('-Q: unknown option')
  })
})

describe('many', () => {
  it('have a value or an error each, in their order', async () => {
    const lines = ['-A -t localhost:80', '-A -Q', '-C', '-a -t localhost:80 -r 127.0.0.9 -m', 'garbage']
    const readings: string[] = []
    const results = await withNamesEach(lines, (line, names) => {
      readings.push(line)
      return parse(words(line), names)
    })
    expect(results.map((result) => ('value' in result ? result.value.kind : result.error.message))).toEqual([
      'add-service',
      '-Q: unknown option',
      'flush',
      'add-server',
      "Try `ipvsadm -h' or 'ipvsadm --help' for more information.",
    ])
    // Only those that wait for a name are read again, once.
    expect(readings).toEqual([...lines, lines[0], lines[3]])
  })

  it('none at all', async () => {
    expect(await withNamesEach([], () => 1)).toEqual([])
  })
})
