// `dns`: a question, to which the server must answer without an error, and if the plan says so, with a certain record.
import { randomInt } from 'node:crypto'
import { type Address, addressFromBytes } from '../../model/address.ts'
import {
  answerCode,
  answerRecords,
  type DnsRecord,
  encodeQuestion,
  RECORD_TYPES,
  readLabels,
} from '../../system/names/dns-messages.ts'
import type { DnsPlan } from '../config/config.ts'
import { down, runUntil, type UntimedResult, up } from './check-result.ts'
import { sendDatagram } from './datagram.ts'
import type { HealthCheck } from './health-check.ts'
import { givenUp, isIn } from './search.ts'

/** RFC 1035, 4.1.1; RFC 2136. */
const CODES: readonly string[] = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

export const checkDns: HealthCheck<DnsPlan> = (target, plan, signal) => {
  const question = encodeQuestion(randomInt(65_536), plan.name.replace(/\.$/, ''), plan.type)
  return runUntil(
    signal,
    (finish) => {
      const receive = (message: Uint8Array) => {
        const code = answerCode(message, question)
        // Anything else is no answer to this question: one may still come.
        if (code !== undefined) finish(judge(code, recordsOf(message, question, plan), plan))
      }
      return sendDatagram(target, plan, question, receive, finish)
    },
    () => down('timed out: no answer'),
  )
}

function judge(code: number, records: readonly string[], { type, expect }: DnsPlan): UntimedResult {
  if (code !== 0) return down(`answered ${CODES[code] ?? `with code ${code}`}`)
  if (expect === undefined) return up(`answered, ${type} records: ${records.length}`)
  for (const record of records) {
    const found = isIn(record, expect)
    if (found === undefined) return givenUp(expect)
    if (found) return up(`${type} ${record}`)
  }
  return down(`${expect} is in no ${type} record: ${records.join(', ') || 'there is none'}`)
}

function recordsOf(message: Uint8Array, question: Uint8Array, { type }: DnsPlan): string[] {
  const records: string[] = []
  for (const record of answerRecords(message, question)) {
    if (record.type === RECORD_TYPES[type]) records.push(recordText(message, record, type))
  }
  return records
}

/** A record's value as text; of a malformed one, and of types that have more than a name, what can be read. */
function recordText(message: Uint8Array, { start, length }: DnsRecord, type: DnsPlan['type']): string {
  const data = message.subarray(start, start + length)
  const nameAt = (offset: number) => readLabels(message, start + offset)?.join('.') ?? ''
  switch (type) {
    case 'A':
      return data.length === 4 ? addressText(data, 'inet') : ''
    case 'AAAA':
      return data.length === 16 ? addressText(data, 'inet6') : ''
    case 'TXT':
      return strings(data)
    case 'MX':
      return nameAt(2)
    case 'SRV':
      return nameAt(6)
    case 'NS':
    case 'CNAME':
    case 'PTR':
    case 'SOA':
      return nameAt(0)
  }
}

const addressText = (bytes: Uint8Array, family: 'inet' | 'inet6'): Address => addressFromBytes(bytes, family)

/** The strings of a TXT record, joined. */
function strings(data: Uint8Array): string {
  let text = ''
  for (let at = 0; at < data.length; at += data[at]! + 1) {
    text += Buffer.from(data.subarray(at + 1, at + 1 + data[at]!)).toString('latin1')
  }
  return text
}
