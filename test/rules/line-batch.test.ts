// Lines of a file as requests: those that the parser and the encoder make of each line.
import { expect, it } from '@jest/globals'
import { isChange } from '../../lib/grammar/command.ts'
import { parse } from '../../lib/grammar/parse.ts'
import type { Names } from '../../lib/grammar/values.ts'
import { ChangeEncoder } from '../../lib/ipvs/requests.ts'
import { decodeText } from '../../lib/model/bytes.ts'
import type { Change } from '../../lib/model/change.ts'
import { received } from '../../lib/netlink/attributes.ts'
import { LineBatch } from '../../lib/rules/line-batch.ts'
import { otherLines } from '../../lib/rules/other-lines.ts'
import { plainWriter } from '../../lib/rules/plain-requests.ts'
import { sendingRoom } from '../../lib/rules/sending-room.ts'
import { ruleLines } from '../../lib/rules/split-lines.ts'
import { firstLine } from '../../lib/rules/text-lines.ts'
import { ruleLine, ruleText } from '../support/rule-line.ts'

const NAMES: Names = { host: () => null, port: () => undefined }
const SENDER = { family: 30, version: 1, port: 4242 }
const LAST = 0xffffffff

let state = 1
const random = (below: number) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

function changeOf(words: readonly string[]): Change | undefined {
  try {
    const command = parse(words, NAMES)
    return isChange(command) ? command : undefined
  } catch {
    return undefined
  }
}

const OTHERS = [
  '-A -f 7 -s rr',
  '-A -t [2001:db8::1]:80 -p',
  '-a -f 7 -r 192.0.2.1:80 -i --tun-type gue --tun-port 6080',
  '-C',
  'ipvsadm -A -u 192.0.2.1:53',
  '--set 1 2 3',
  '--start-daemon master --mcast-interface eth0 --mcast-group ff02::1',
]

function line(): string {
  for (;;) {
    const text =
      random(4) === 0 ? OTHERS[random(OTHERS.length)]! : ruleLine(random, random(3) > 0).replaceAll('\n', '')
    const [found] = ruleLines(text)
    if (found !== undefined && changeOf(found.words) !== undefined) return text
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The requests of a batch with the numbers of their lines, as they are sent. */
function sent(batch: LineBatch, first: number) {
  const requests: [line: number, name: string | undefined, message: string][] = []
  let sequence = first
  for (;;) {
    const datagram = batch.next(sequence)
    if (datagram === undefined) return requests
    expect(datagram.first).toBe(requests.length)
    const { view, bytes } = received(datagram.bytes)
    let at = 0
    for (let i = 0; i <= datagram.count; i++) {
      const length = view.getUint32(at, true)
      expect(view.getUint32(at + 8, true)).toBe(sequence)
      sequence = sequence === LAST ? 1 : sequence + 1
      view.setUint32(at + 8, 0, true)
      const message = hex(bytes.subarray(at, at + length))
      const index = datagram.first + i
      if (i < datagram.count) requests.push([batch.lineOf(index), batch.nameOf(index), message])
      else expect(message).toBe('10000000' + '0100' + '0500' + '00000000' + '92100000')
      at += length
    }
    expect(at).toBe(bytes.length)
    expect(batch.nameOf(datagram.first - 1)).toBeUndefined()
    expect(batch.nameOf(datagram.first + datagram.count)).toBeUndefined()
    expect(datagram.count).toBeLessThanOrEqual(128)
  }
}

function batchOf(text: Uint8Array): LineBatch {
  const encoder = new ChangeEncoder(SENDER)
  const tools = { text, encoder, writePlain: plainWriter(encoder), room: sendingRoom() }
  const batch = new LineBatch(tools, firstLine(text), 1)
  for (const { start, words } of otherLines(text)) batch.add(start, changeOf(words)!)
  return batch
}

it('makes the requests of the parser and the encoder, in the order of the lines', () => {
  for (let i = 0; i < 60; i++) {
    const text = ruleText(random, Array.from({ length: random(i % 3 === 0 ? 500 : 20) }, line))
    const encoder = new ChangeEncoder(SENDER)
    const expected = [...ruleLines(decodeText(text))].map(({ number, words }) => [
      number,
      expect.any(String),
      hex(encoder.message(changeOf(words)!)),
    ])
    const batch = batchOf(text)
    expect(sent(batch, i % 2 === 0 ? 1 : LAST - random(20))).toEqual(expected)
    expect(batch.length).toBe(expected.length)
  }
})

it('names the requests', () => {
  const text = new TextEncoder().encode('-A -t 192.0.2.1:80\n-C\n-a -t 192.0.2.1:80 -r 192.0.2.2:80\n')
  expect(sent(batchOf(text), 1).map(([line, name]) => [line, name])).toEqual([
    [1, 'NEW_SERVICE'],
    [2, 'FLUSH'],
    [3, 'NEW_DEST'],
  ])
})

it('ends before the line that it is told to end at', () => {
  const text = new TextEncoder().encode('-A -t 192.0.2.1:80\n-A -t 192.0.2.2:80\n')
  const batch = batchOf(text)
  batch.endAt(19)
  expect(sent(batch, 1).map(([line]) => line)).toEqual([1])
})

it('is empty without requests', () => {
  for (const text of ['', '\n\n', '# nothing', '\ufeff', '\ufeffipvsadm\n']) {
    expect(sent(batchOf(new TextEncoder().encode(text)), 1)).toEqual([])
  }
})
