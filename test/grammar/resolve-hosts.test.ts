// Parsing with names: each host is looked up once, those of a file together.

import { describe, expect, it } from '@jest/globals'
import { parse } from '../../lib/grammar/parse.ts'
import { withNames } from '../../lib/grammar/resolve-hosts.ts'
import { UnresolvedHost } from '../../lib/grammar/values.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'

const words = (line: string) => line.split(' ')

describe('one command', () => {
  it('gets the addresses of its two hosts', async () => {
    const command = await withNames(nodeSystem.names, (names) =>
      parse(words('-a -t localhost:80 -r localhost -m'), names),
    )
    expect(command).toMatchObject({
      service: { address: '127.0.0.1' },
      server: { address: '127.0.0.1', port: 80 },
    })
  })

  it('without a host is parsed once', async () => {
    let readings = 0
    await withNames(nodeSystem.names, (names) => {
      readings++
      return parse(words('-A -t 192.0.2.1:80'), names)
    })
    expect(readings).toBe(1)
  })

  it('passes other errors on', async () => {
    await expect(withNames(nodeSystem.names, (names) => parse(words('-A -Q'), names))).rejects.toThrow(
      '-Q: unknown option',
    )
  })
})

describe('a whole file', () => {
  it('is read at most three times, with any hosts', async () => {
    const lines = [
      '-A -t localhost:80',
      '-A -Q',
      '-C',
      '-a -t localhost:80 -r no.such.host.invalid -m',
      'garbage',
    ]
    let readings = 0
    const results = await withNames(nodeSystem.names, (names) => {
      readings++
      const hosts = new Set<string>()
      const results = lines.map((line) => {
        try {
          return parse(words(line), names).kind
        } catch (error) {
          if (error instanceof UnresolvedHost) for (const host of error.hosts) hosts.add(host)
          return (error as Error).message
        }
      })
      if (hosts.size > 0) throw new UnresolvedHost(...hosts)
      return results
    })
    expect(results).toEqual([
      'add-service',
      '-Q: unknown option',
      'flush',
      'illegal real server address[:port] specified',
      "Try `ipvsadm -h' or 'ipvsadm --help' for more information.",
    ])
    expect(readings).toBeLessThanOrEqual(3)
  })
})
