// The UDP and the DNS check, against real servers.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { answerRecords, encodeQuestion, readLabels } from '../../../lib/system/names/dns-messages.ts'
import { check, checkUntil, event, onEnd } from './support.ts'

/** A server that answers each datagram with those that `serve` gives; resolves to its port. */
async function udpServer(serve: (message: Buffer, from: string) => readonly Uint8Array[]): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (message, { address, port }) => {
    for (const answer of serve(message, address)) socket.send(answer, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onEnd(() => socket.close())
  return socket.address().port
}

/** A port that refuses datagrams: its socket takes those of one peer alone, and nobody else can have it. */
async function closedUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.connect(1, '127.0.0.1')
  await once(socket, 'connect')
  onEnd(() => socket.close())
  return socket.address().port
}

describe('udp', () => {
  it('is up on any answer', async () => {
    const port = await udpServer((message) => [message])
    expect(await check('kind: udp, send: ping', port)).toEqual({ up: true, detail: 'answered' })
  })

  it('is down on an ICMP refusal', async () => {
    expect(await check('kind: udp, send: ping', await closedUdpPort())).toEqual({
      up: false,
      detail: 'connection refused',
    })
  })

  it('is up when nothing is refused until the timeout', async () => {
    const asked = event()
    const port = await udpServer(() => {
      asked.happen()
      return []
    })
    expect(await checkUntil(asked.happened, 'kind: udp, send: ping', port)).toEqual({
      up: true,
      detail: 'not refused',
    })
  })

  it('waits for the answer that is expected', async () => {
    const port = await udpServer(() => [Buffer.from('early'), Uint8Array.of(0, 255)])
    expect(await check('kind: udp, expect: "\\xff$"', port)).toEqual({
      up: true,
      detail: 'the answer matches',
    })
  })

  it('is down on other answers, or none', async () => {
    const asked = event()
    const silent = await udpServer(() => {
      asked.happen()
      return []
    })
    expect(await checkUntil(asked.happened, 'kind: udp, expect: pong', silent)).toEqual({
      up: false,
      detail: 'timed out: no answer',
    })
  })

  it('gives up a search that would take hours, and reads no other answer', async () => {
    const port = await udpServer(() => Array(100).fill(Buffer.from(`${'a'.repeat(50)}!`)))
    expect(await check('kind: udp, expect: ^(a+)+$', port)).toEqual({
      up: false,
      detail: 'the search for /^(a+)+$/ was given up after 100 ms',
    })
  })

  it('comes from the source address', async () => {
    const peers: string[] = []
    const port = await udpServer((message, from) => {
      peers.push(from)
      return [message]
    })
    await check('kind: udp, send: x, source: 127.9.8.7', port)
    expect(peers).toEqual(['127.9.8.7'])
  })
})

/** An answer: the question with a code and records. */
function answer(question: Uint8Array, code: number, records: readonly [type: number, data: number[]][] = []) {
  const message = Buffer.from(question)
  message.writeUInt16BE(0x8180 | code, 2)
  message.writeUInt16BE(records.length, 6)
  const parts = records.map(([type, data]) =>
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length, ...data]),
  )
  return Buffer.concat([message, ...parts])
}

const CNAME: [number, number[]] = [5, [1, 97, 0xc0, 12]]

describe('dns', () => {
  it.each([
    ['type: A', 0, [], 'answered, A records: 0', true],
    ['type: A, expect: "^192[.]0[.]2[.]"', 0, [CNAME, [1, [192, 0, 2, 7]]], 'A 192.0.2.7', true],
    ['type: A, expect: nothing', 0, [CNAME], '/nothing/ is in no A record: there is none', false],
    ['type: A, expect: "^10[.]"', 0, [[1, [192, 0, 2, 7]]], '/^10[.]/ is in no A record: 192.0.2.7', false],
    [
      'type: AAAA, expect: ":"',
      0,
      [[28, [32, 1, 13, 184, ...Array(11).fill(0), 9]]],
      'AAAA 2001:db8::9',
      true,
    ],
    ['type: TXT, expect: ok', 0, [[16, [1, 111, 1, 107]]], 'TXT ok', true],
    ['type: CNAME, expect: example', 0, [CNAME], 'CNAME a.www.example', true],
    ['type: MX, expect: example', 0, [[15, [0, 5, 1, 97, 0xc0, 12]]], 'MX a.www.example', true],
    ['type: SRV, expect: example', 0, [[33, [0, 0, 0, 0, 0, 0, 1, 97, 0xc0, 12]]], 'SRV a.www.example', true],
    [
      'type: TXT, expect: ^(a+)+$',
      0,
      [[16, [51, ...Array(50).fill(97), 33]]],
      'the search for /^(a+)+$/ was given up after 100 ms',
      false,
    ],
    ['type: A', 2, [], 'answered SERVFAIL', false],
    ['type: A', 3, [], 'answered NXDOMAIN', false],
    ['type: A', 5, [], 'answered REFUSED', false],
    ['type: A', 9, [], 'answered with code 9', false],
  ] as [string, number, [number, number[]][], string, boolean][])(
    'judges an answer by { %s }: %i %j',
    async (text, code, records, detail, up) => {
      const port = await udpServer((question) => [answer(question, code, records)])
      expect(await check(`kind: dns, name: www.example, ${text}`, port)).toEqual({ up, detail })
    },
  )

  it('asks for the root', async () => {
    const questions: string[] = []
    const port = await udpServer((question) => {
      questions.push(question.subarray(12).toString('hex'))
      return [answer(question, 0)]
    })
    expect(await check('kind: dns, name: ".", type: SOA', port)).toMatchObject({ up: true })
    expect(questions).toEqual(['0000060001'])
  })

  it('passes over answers to other questions', async () => {
    const port = await udpServer((question) => {
      const other = Buffer.from(question)
      other.writeUInt16BE(question.readUInt16BE(0) ^ 1, 0)
      return [answer(other, 3), Buffer.from('x'), question, answer(question, 0)]
    })
    expect(await check('kind: dns, name: www.example', port)).toMatchObject({ up: true })
  })

  it('reads any answer', async () => {
    const question = encodeQuestion(1, 'a.example', 'A')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const message = Buffer.concat([answer(question, 0), rest])
        message.writeUInt16BE(0xffff, 6)
        for (const { start } of answerRecords(message, question)) readLabels(message, start)
      }),
    )
  })
})
