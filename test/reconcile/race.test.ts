// Another program that changes the table while it is restored.
import { describe, expect, it } from '@jest/globals'
import type { CommandName } from '../support/fake-kernel/constants.ts'
import { FakeKernel, type Moment } from '../support/fake-kernel/fake-kernel.ts'
import { destination, request, service } from '../support/fake-kernel/request-builder.ts'
import { run } from '../support/run.ts'

const restore = (kernel: FakeKernel, input: string, words = '') =>
  run(kernel, words, { program: 'ipvsadm-restore', input })

const SERVERS = 60
const mark = service({ fwmark: 1, scheduler: 'rr' })
const server = (n: number, weight = 1) => destination({ address: `198.51.100.${n}`, port: 0, weight })
/** A service with many servers, so that its dump comes in several datagrams. */
const FILE = [
  '-A -f 1 -s rr',
  ...Array.from({ length: SERVERS }, (_, i) => `-a -f 1 -r 198.51.100.${i + 1} -g -w 1`),
].join('\n')
const CHANGED = FILE.replace('.30 -g -w 1', '.30 -g -w 5')

const DONE = { status: 0, stdout: '', stderr: '' }

async function kernelWith(rules: string): Promise<FakeKernel> {
  const kernel = new FakeKernel({ receiveSize: 4096 })
  expect(await restore(kernel, rules)).toMatchObject(DONE)
  return kernel
}

async function tableOf(rules: string) {
  return (await kernelWith(rules)).snapshot()
}

/** An action of the other program. */
const other = (kernel: FakeKernel, command: CommandName, ...nests: Parameters<typeof request>[2][]) =>
  kernel.connect().send(request(command, 0, ...nests))

/** Has the other program act once, at the first moment of this command. */
function once(kernel: FakeKernel, wanted: Moment, act: () => void): () => number {
  let times = 0
  kernel.meanwhile(({ command, piece }) => {
    if (command === wanted.command && piece === wanted.piece && times++ === 0) act()
  })
  return () => times
}

describe('a restore beside another program', () => {
  const cases: readonly [name: string, moment: Moment, act: (kernel: FakeKernel) => void][] = [
    [
      'that adds a server while the servers are read',
      { command: 'GET_DEST', piece: 1 },
      (kernel) => other(kernel, 'NEW_DEST', mark, server(200)),
    ],
    [
      'that removes a server while the servers are read',
      { command: 'GET_DEST', piece: 1 },
      (kernel) => other(kernel, 'DEL_DEST', mark, server(SERVERS)),
    ],
    [
      'that removes a server before it is edited',
      { command: 'SET_DEST', piece: 0 },
      (kernel) => other(kernel, 'DEL_DEST', mark, server(30)),
    ],
    [
      'that removes the service before a server of it is edited',
      { command: 'SET_DEST', piece: 0 },
      (kernel) => other(kernel, 'DEL_SERVICE', mark),
    ],
    [
      'that changes a weight after it was read',
      { command: 'SET_DEST', piece: 0 },
      (kernel) => other(kernel, 'SET_DEST', mark, server(7, 9)),
    ],
    [
      'that adds a service after the table was read',
      { command: 'SET_DEST', piece: 0 },
      (kernel) => other(kernel, 'NEW_SERVICE', service({ fwmark: 77, scheduler: 'rr' })),
    ],
  ]
  it.each(cases)('%s ends at the file', async (_name, moment, act) => {
    const kernel = await kernelWith(FILE)
    const times = once(kernel, moment, () => act(kernel))
    expect(await restore(kernel, CHANGED)).toMatchObject(DONE)
    expect(times()).toBeGreaterThan(0)
    expect(kernel.snapshot()).toEqual(await tableOf(CHANGED))
  })

  it('that makes the same additions ends at the file', async () => {
    const kernel = new FakeKernel({ receiveSize: 4096 })
    once(kernel, { command: 'NEW_DEST', piece: 0 }, () => other(kernel, 'NEW_DEST', mark, server(40, 3)))
    expect(await restore(kernel, FILE)).toMatchObject(DONE)
    expect(kernel.snapshot()).toEqual(await tableOf(FILE))
  })

  it('that makes the same removals ends at the file', async () => {
    const kernel = await kernelWith(`${FILE}\n-A -f 2 -s rr`)
    const times = once(kernel, { command: 'DEL_SERVICE', piece: 0 }, () =>
      other(kernel, 'DEL_SERVICE', service({ fwmark: 2 })),
    )
    expect(await restore(kernel, FILE)).toMatchObject(DONE)
    expect(times()).toBeGreaterThan(0)
    expect(kernel.snapshot()).toEqual(await tableOf(FILE))
  })

  it('removes nothing that only one of two readings has', async () => {
    const kernel = await kernelWith(`${FILE}\n-a -f 1 -r 198.51.100.200`)
    const before = kernel.requests.length
    const times = once(kernel, { command: 'GET_DEST', piece: 2 }, () =>
      other(kernel, 'DEL_DEST', mark, server(200)),
    )
    expect(await restore(kernel, FILE)).toMatchObject(DONE)
    expect(times()).toBeGreaterThan(0)
    expect(kernel.requests.slice(before).filter(({ command }) => command === 'DEL_DEST')).toHaveLength(1)
  })
})

describe('a program that never stops', () => {
  it('is reported after five more plans, and its changes are not undone', async () => {
    const kernel = await kernelWith(FILE)
    let weight = 10
    kernel.meanwhile(({ command }) => {
      if (command === 'GET_SERVICE') other(kernel, 'SET_DEST', mark, server(7, weight++))
    })
    const before = kernel.requests.length
    expect(await restore(kernel, CHANGED)).toMatchObject({
      status: 255,
      stdout: '',
      stderr:
        'another program keeps changing the table; changes that would make it equal to the file:\n' +
        '  -e -f 1 -r 198.51.100.7:0 -g -w 1\n',
    })
    const ours = kernel.requests
      .slice(before)
      .filter(({ command, errno, wantsAck }) => command === 'SET_DEST' && errno === 0 && !wantsAck)
    expect(ours.filter(({ subject }) => subject.endsWith('.30:0'))).toHaveLength(1)
    const { destinations } = kernel.snapshot().services['fwmark 1']!
    expect([destinations['198.51.100.30:0']!.weight, destinations['198.51.100.7:0']!.weight]).toEqual([
      5,
      weight - 1,
    ])
  })

  it('does not hide that a restore was rolled back', async () => {
    const kernel = await kernelWith(FILE)
    once(kernel, { command: 'NEW_SERVICE', piece: 0 }, () =>
      other(kernel, 'NEW_SERVICE', service({ fwmark: 77, scheduler: 'rr' })),
    )
    const { status, stderr } = await restore(kernel, `-A -f 2\n-A -f 3 -s nosuch\n${CHANGED}`)
    expect(status).toBe(255)
    expect(stderr).toContain(
      'rolled back 1 change; verified: all touched entries are unchanged; ' +
        'another program has changed the table meanwhile; changes that would undo that:\n  -D -f 77\n',
    )
    expect(Object.keys(kernel.snapshot().services)).toEqual(['fwmark 1', 'fwmark 77'])
  })
})
