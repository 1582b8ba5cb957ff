// The TCP check and the agent check, against real servers.
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readAgentLine } from '../../../lib/agent/checks/agent-check.ts'
import { detail } from '../../../lib/agent/checks/check-result.ts'
import { runCheck } from '../../../lib/agent/checks/run-check.ts'
import { check, checkUntil, closedPort, event, plan, target, tcpServer } from './support.ts'

describe('tcp', () => {
  it('is up when a connection is made, and resets it', async () => {
    const ended = event()
    const port = await tcpServer((socket) => socket.on('close', ended.happen))
    expect(await check('kind: tcp', port)).toEqual({ up: true, detail: 'connected' })
    await ended.happened
  })

  it('is down when the connection is refused', async () => {
    expect(await check('kind: tcp', await closedPort())).toEqual({ up: false, detail: 'connection refused' })
  })

  it('is down when no route leads there', async () => {
    // An address that the kernel refuses to connect to.
    const outcome = await check('kind: tcp', 80, '255.255.255.255')
    expect(outcome).toEqual({ up: false, detail: 'network is unreachable' })
  })

  it('comes from the source address', async () => {
    const peers: (string | undefined)[] = []
    const seen = event()
    const port = await tcpServer((socket) => {
      peers.push(socket.remoteAddress)
      seen.happen()
    })
    await check('kind: tcp, source: 127.9.8.7', port)
    await seen.happened
    expect(peers).toEqual(['127.9.8.7'])
  })

  it('says nothing about the server when the source address is not of this machine', async () => {
    const port = await tcpServer(() => {})
    const outcome = await check('kind: tcp, source: 192.0.2.77', port)
    expect(outcome).toMatchObject({ up: false, inconclusive: true })
  })

  it('says nothing about a server without a port', async () => {
    expect(await check('kind: tcp', 0)).toMatchObject({ inconclusive: true })
  })

  it('ends at once when the signal has been given before', async () => {
    const result = await runCheck(target(await closedPort()), plan('kind: tcp'), AbortSignal.abort())
    expect(result).toMatchObject({ up: false, detail: 'timed out: no answer to the connection request' })
  })

  it('speaks IPv6', async () => {
    const port = await tcpServer(() => {}, '::1')
    expect(await check('kind: tcp', port, '::1')).toEqual({ up: true, detail: 'connected' })
  })
})

describe('agent', () => {
  it.each([
    ['up\n', { up: true }],
    ['ready up 75%\r\n', { up: true, weight: 75 }],
    ['50%', { up: true, weight: 50 }],
    ['120%\n', { up: true, weight: 100 }],
    ['drain\n', { up: true, weight: 0 }],
    ['up,drain,50%\n', { up: true, weight: 0 }],
    ['down # a disk is broken\n', { up: false }],
    ['maint\n', { up: false }],
    ['maxconn:30 UP\n', { up: true }],
    ['stopped\n', { up: false }],
  ])('reads %j', async (line, expected) => {
    const port = await tcpServer((socket) => socket.end(line))
    expect(await check('kind: agent', port)).toEqual({ ...expected, detail: detail(line.trim()) })
  })

  it('is down on anything else, on a line without end and on no line', async () => {
    const babble = await tcpServer((socket) => socket.end('hello\u0007\n'))
    expect(await check('kind: agent', babble)).toEqual({
      up: false,
      detail: 'not a line of an agent: hello\\x07',
    })
    const endless = await tcpServer((socket) => socket.write('x'.repeat(1_000_000)))
    expect(await check('kind: agent', endless)).toEqual({ up: false, detail: 'the line is too long' })
    const silent = await tcpServer((socket) => socket.end())
    expect(await check('kind: agent', silent)).toEqual({ up: false, detail: 'ended without a line' })
  })

  it('sends its text first', async () => {
    const port = await tcpServer((socket) => {
      void once(socket, 'data').then(([text]) => socket.end(String(text) === 'state?\n' ? 'up\n' : 'down\n'))
    })
    expect(await check('kind: agent, send: "state?\\n"', port)).toMatchObject({ up: true })
  })

  it('times out on a server that hangs, and releases the connection', async () => {
    const connected = event()
    const closed = event()
    const port = await tcpServer((socket) => {
      socket.resume().on('close', closed.happen)
      socket.write('5', connected.happen)
    })
    expect(await checkUntil(connected.happened, 'kind: agent', port)).toMatchObject({ up: false })
    await closed.happened
  })

  it('reads any line to an outcome', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        expect(readAgentLine(line).detail.length).toBeLessThanOrEqual(200)
      }),
    )
    expect(readAgentLine('constructor').detail).toBe('not a line of an agent: constructor')
  })
})

describe('the detail of a result', () => {
  it('is one short line without control characters', () => {
    expect(detail('a\nb\u001b[31m\u202e')).toBe('a\\x0ab\\x1b[31m\\u{202e}')
    expect(detail('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const line = detail(text)
        expect(line.length).toBeLessThanOrEqual(200)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})
