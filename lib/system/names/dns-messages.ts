// Messages of the domain name system (RFC 1035): questions, and the records of answers. Pure: bytes in, bytes out.
import { type Address, addressToBytes, familyOf } from '../../model/address.ts'

const HEADER = 12
/** The supported types of records. */
export const RECORD_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
} as const
export type RecordType = keyof typeof RECORD_TYPES
const CLASS_IN = 1
const RESPONSE = 0x8000
const RECURSION_DESIRED = 0x0100
const RCODE = 0x000f
const NXDOMAIN = 3
const LONGEST_NAME = 255

/** The domain whose PTR record names an address: `1.2.0.192.in-addr.arpa`. */
export function reverseDomain(address: Address): string {
  const bytes = addressToBytes(address)
  if (familyOf(address) === 'inet') return `${[...bytes].reverse().join('.')}.in-addr.arpa`
  // The C library queries the IPv4 address in ::ffff:a.b.c.d.
  if (/^::ffff:[\d.]+$/.test(address)) return `${[...bytes.subarray(12)].reverse().join('.')}.in-addr.arpa`
  const digits = [...bytes].flatMap((byte) => [byte >> 4, byte & 15])
  return `${digits
    .reverse()
    .map((digit) => digit.toString(16))
    .join('.')}.ip6.arpa`
}

/** The question for a domain's records of a type. The domain has labels of 1 to 63 ASCII characters; `''` is the root. */
export function encodeQuestion(id: number, domain: string, type: RecordType): Uint8Array {
  const labels = domain === '' ? [] : domain.split('.')
  const message = new Uint8Array(HEADER + (labels.length === 0 ? 0 : domain.length + 1) + 1 + 4)
  const view = viewOf(message)
  view.setUint16(0, id)
  view.setUint16(2, RECURSION_DESIRED)
  view.setUint16(4, 1)
  let at = HEADER
  for (const label of labels) {
    message[at++] = label.length
    for (let i = 0; i < label.length; i++) message[at++] = label.charCodeAt(i)
  }
  at++
  view.setUint16(at, RECORD_TYPES[type])
  view.setUint16(at + 2, CLASS_IN)
  return message
}

/** A server's answer. */
type DnsAnswer =
  /** A name, or an IPv4 address in dotted decimals. */
  | { readonly kind: 'found'; readonly value: string }
  /** The domain has no record of the type. */
  | { readonly kind: 'none' }
  /** The server gave no usable answer; another may. */
  | { readonly kind: 'failure' }

/** The answer to a question that `encodeQuestion` made; undefined if the message is not one. */
export function decodeAnswer(message: Uint8Array, question: Uint8Array): DnsAnswer | undefined {
  const code = answerCode(message, question)
  if (code === undefined) return undefined
  if (code === NXDOMAIN) return { kind: 'none' }
  if (code !== 0) return { kind: 'failure' }
  const value = firstValue(message, question, viewOf(question).getUint16(question.length - 4))
  return value === undefined ? { kind: 'none' } : { kind: 'found', value }
}

/** The code of a response to the question, 0 if it has no error; undefined if the message is no response to it. */
export function answerCode(message: Uint8Array, question: Uint8Array): number | undefined {
  if (message.length < question.length) return undefined
  const view = viewOf(message)
  const flags = view.getUint16(2)
  if ((flags & RESPONSE) === 0 || view.getUint16(0) !== viewOf(question).getUint16(0)) return undefined
  for (let at = HEADER; at < question.length; at++) {
    if (lowerCase(message[at]!) !== lowerCase(question[at]!)) return undefined
  }
  return flags & RCODE
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength)

/** An ASCII letter in lower case, because names ignore case; no other byte of a question has a letter's value. */
const lowerCase = (byte: number) => (byte >= 65 && byte <= 90 ? byte + 32 : byte)

/** One record of an answer: its type, and where its data are in the message. */
export interface DnsRecord {
  readonly type: number
  readonly start: number
  readonly length: number
}

/** The records that answer the question, those of aliases (RFC 2317) too. Ends where the message is malformed. */
export function* answerRecords(message: Uint8Array, question: Uint8Array): Generator<DnsRecord, void> {
  const view = viewOf(message)
  const count = view.getUint16(6)
  let at = question.length
  for (let i = 0; i < count; i++) {
    const end = skipName(message, at)
    if (end === undefined || end + 10 > message.length) return
    const start = end + 10
    const length = view.getUint16(end + 8)
    if (view.getUint16(end + 2) === CLASS_IN) yield { type: view.getUint16(end), start, length }
    at = start + length
  }
}

/** The value of the first record of a type. */
function firstValue(bytes: Uint8Array, question: Uint8Array, wanted: number): string | undefined {
  for (const { type, start, length } of answerRecords(bytes, question)) {
    if (type !== wanted) continue
    if (type === RECORD_TYPES.PTR) return readName(bytes, start)
    return length === 4 && start + 4 <= bytes.length ? bytes.subarray(start, start + 4).join('.') : undefined
  }
  return undefined
}

/** The offset after a name. */
function skipName(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start; at < bytes.length; at += bytes[at]! + 1) {
    if (bytes[at] === 0) return at + 1
    if (bytes[at]! >= 0xc0) return at + 2
  }
  return undefined
}

/** A name, which may be continued elsewhere in the message; undefined if the C library would not accept it for a host. */
function readName(bytes: Uint8Array, start: number): string | undefined {
  const labels = readLabels(bytes, start)
  return labels !== undefined && isHostName(labels) ? labels.join('.') : undefined
}

/** The labels of a name, which may be continued elsewhere in the message; undefined if it is malformed. */
export function readLabels(bytes: Uint8Array, start: number): string[] | undefined {
  const labels: string[] = []
  let length = 0
  for (let at = start, jumps = 0; at < bytes.length; ) {
    const size = bytes[at]!
    if (size === 0) return labels
    if (size >= 0xc0) {
      if (++jumps > LONGEST_NAME || at + 1 >= bytes.length) return undefined
      at = ((size & 0x3f) << 8) | bytes[at + 1]!
      continue
    }
    length += size + 1
    if (length > LONGEST_NAME || at + size >= bytes.length) return undefined
    labels.push(String.fromCharCode(...bytes.subarray(at + 1, at + 1 + size)))
    at += size + 1
  }
  return undefined
}

function isHostName(labels: readonly string[]): boolean {
  return labels.length > 0 && !labels[0]!.startsWith('-') && labels.every((label) => /^[\w-]+$/.test(label))
}
