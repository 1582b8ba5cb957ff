// Questions and answers of the domain name system, byte by byte.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Address } from '../../../lib/model/address.ts'
import { decodeAnswer, encodeQuestion, reverseDomain } from '../../../lib/system/names/dns-messages.ts'

const DOMAIN = '1.2.0.192.in-addr.arpa'
const QUESTION = encodeQuestion(0x1234, DOMAIN, 'PTR')

/** A message with this header, the question of `QUESTION` and what follows, in hexadecimal or as text. */
function message(flags: number, answers: number, ...rest: (string | Buffer)[]): Buffer {
  const header = Buffer.from('123400000001000000000000', 'hex')
  header.writeUInt16BE(flags, 2)
  header.writeUInt16BE(answers, 6)
  const bytes = rest.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part))
  return Buffer.concat([header, QUESTION.subarray(12), ...bytes])
}

/** A name, not compressed. */
const name = (...labels: string[]) =>
  Buffer.concat([
    ...labels.map((label) => Buffer.from(String.fromCharCode(label.length) + label)),
    Buffer.alloc(1),
  ])

/** A record of the question's own domain. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.from('c00c00000001000000000000', 'hex')
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

describe('the domain of an address', () => {
  it.each([
    ['192.0.2.1', DOMAIN],
    ['0.0.0.5', '5.0.0.0.in-addr.arpa'],
    ['2001:db8::567:89ab', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
    ['::ffff:192.0.2.1', DOMAIN],
  ])('%s', (address, domain) => {
    expect(reverseDomain(address as Address)).toBe(domain)
  })
})

describe('a question', () => {
  it('is for one PTR record, with recursion', () => {
    expect(Buffer.from(QUESTION).toString('hex')).toBe(
      `1234010000010000000000000131013201300331393207${Buffer.from('in-addr').toString('hex')}04${Buffer.from('arpa').toString('hex')}00000c0001`,
    )
  })
})

describe('an answer with an address', () => {
  const question = encodeQuestion(7, 'web.example', 'A')
  const answer = (...records: Buffer[]) => {
    const bytes = Buffer.concat([question, ...records])
    bytes.writeUInt16BE(0x8180, 2)
    bytes.writeUInt16BE(records.length, 6)
    return decodeAnswer(bytes, question)
  }

  it('is the first one, after the aliases', () => {
    const [first, second] = [record(1, Buffer.of(192, 0, 2, 1)), record(1, Buffer.of(192, 0, 2, 2))]
    expect(answer(record(5, name('other', 'net')), first, second)).toEqual({
      kind: 'found',
      value: '192.0.2.1',
    })
  })

  it.each([3, 5, 16])('has four bytes, not %d', (length) => {
    expect(answer(record(1, Buffer.alloc(length)))).toEqual({ kind: 'none' })
  })

  it('ends within the message', () => {
    const bytes = Buffer.concat([question, record(1, Buffer.of(192, 0, 2, 1)).subarray(0, -1)])
    bytes.writeUInt16BE(0x8180, 2)
    bytes.writeUInt16BE(1, 6)
    expect(decodeAnswer(bytes, question)).toEqual({ kind: 'none' })
  })

  it('is none when only other records are there', () => {
    expect(answer(record(28, Buffer.alloc(16)))).toEqual({ kind: 'none' })
  })
})

describe('an answer', () => {
  it.each([
    [
      'a name',
      message(0x8180, 1, record(12, name('host', 'example'))),
      { kind: 'found', value: 'host.example' },
    ],
    [
      'one compressed',
      message(0x8180, 1, record(12, Buffer.from('04686f7374c01e', 'hex'))),
      { kind: 'found', value: 'host.arpa' },
    ],
    [
      'an alias before it',
      message(0x8180, 2, record(5, name('1', 'net')), record(12, name('host', 'example'))),
      { kind: 'found', value: 'host.example' },
    ],
    [
      'the first of two',
      message(0x8180, 2, record(12, name('a')), record(12, name('b'))),
      { kind: 'found', value: 'a' },
    ],
    ['no such name', message(0x8183, 0), { kind: 'none' }],
    ['no record', message(0x8180, 0), { kind: 'none' }],
    ['only others', message(0x8180, 1, record(16, name('text'))), { kind: 'none' }],
    ['a failure', message(0x8182, 0), { kind: 'failure' }],
    ['a refusal', message(0x8185, 0), { kind: 'failure' }],
    ['no question’s', message(0x0100, 0), undefined],
    ['that of another', Buffer.from(message(0x8180, 0).fill(0, 0, 2)), undefined],
    ['of another question', Buffer.from(message(0x8180, 0).fill(0x39, 13, 14)), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('%s', (_what, bytes, answer) => {
    expect(decodeAnswer(bytes, QUESTION)).toEqual(answer)
  })

  it.each([
    ['a control character', name('ho\u001bst', 'example')],
    ['a blank', name('ho st')],
    ['a dot within', name('a.b')],
    ['a hyphen first', name('-host')],
    ['nothing', name()],
    ['a pointer to itself', Buffer.from('c034', 'hex')],
    ['a pointer out of the message', Buffer.from('ffff', 'hex')],
    ['a label without an end', Buffer.from('3f61', 'hex')],
  ])('that is no host’s name: %s', (_what, data) => {
    expect(decodeAnswer(message(0x8180, 1, record(12, data)), QUESTION)).toEqual({ kind: 'none' })
  })

  it('in another case is one all the same', () => {
    const bytes = message(0x8180, 1, record(12, name('host')))
    bytes.write('IN-ADDR', bytes.indexOf('in-addr'))
    expect(decodeAnswer(bytes, QUESTION)).toEqual({ kind: 'found', value: 'host' })
  })

  it('may be anything', () => {
    const whole = message(0x8180, 2, record(5, name('1', 'net')), record(12, name('host', 'example')))
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.uint8Array({ maxLength: 8 }),
        fc.nat(whole.length),
        (at, bytes, length) => {
          const changed = Buffer.from(whole)
          changed.set(bytes.subarray(0, whole.length - at), at)
          const answer = decodeAnswer(changed.subarray(0, length), QUESTION)
          expect(['found', 'none', 'failure', undefined]).toContain(answer?.kind)
        },
      ),
    )
  })
})
