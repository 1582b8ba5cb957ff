// Turns of the event loop between exchanges, and between the datagrams of one.
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import { TurnTaking } from '../../lib/netlink/turn-taking.ts'

let now: number
beforeEach(() => {
  now = 1000
  jest.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  jest.restoreAllMocks()
})

/** Whether one of so many calls, each after some milliseconds, takes a turn. */
function takesTurn(call: () => Promise<void> | undefined, calls: number, milliseconds: number): boolean {
  for (let i = 0; i < calls; i++) {
    if (call() !== undefined) return true
    now += milliseconds
  }
  return false
}
const eventLoop = () => new Promise((resolve) => setImmediate(resolve))

it.each([
  ['20 milliseconds of exchanges', 'between', 20],
  ['35 milliseconds of datagrams', 'within', 35],
] as const)('are due after %s', async (_, call, milliseconds) => {
  const turns = new TurnTaking()
  expect(takesTurn(() => turns[call](), 4 * milliseconds, 0.1)).toBe(false)
  await eventLoop()
  expect(takesTurn(() => turns[call](), 4 * milliseconds, 1)).toBe(true)
})

it('are not due in an exchange after a pause', async () => {
  const turns = new TurnTaking()
  for (let pause = 0; pause < 20; pause++) {
    expect(takesTurn(() => turns.between(), 1, 0)).toBe(false)
    expect(takesTurn(() => turns.within(), 100, 0.1)).toBe(false)
    await eventLoop()
    now += 2000
  }
})

it('are over when the event loop has turned', async () => {
  const turns = new TurnTaking()
  let turned = false
  setImmediate(() => {
    turned = true
  })
  let turn: Promise<void> | undefined
  for (let i = 0; turn === undefined && i < 1000; i++, now++) turn = turns.within()
  await turn
  expect(turned).toBe(true)
  expect(takesTurn(() => turns.within(), 30, 1)).toBe(false)
})
