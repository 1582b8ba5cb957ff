// Messages of the domain name system (RFC 1035), as far as they turn addresses into names. Pure: bytes in, bytes out.
import { type Address, addressToBytes, familyOf } from '../../model/address.ts'

const HEADER = 12
const TYPE_PTR = 12
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
  // The C library asks for the IPv4 address in ::ffff:a.b.c.d.
  if (/^::ffff:[\d.]+$/.test(address)) return `${[...bytes.subarray(12)].reverse().join('.')}.in-addr.arpa`
  return `${[...Buffer.from(bytes).toString('hex')].reverse().join('.')}.ip6.arpa`
}

/** The question for the name of a domain of `reverseDomain`. */
export function encodeQuestion(id: number, domain: string): Buffer {
  const labels = domain.split('.')
  const message = Buffer.alloc(HEADER + domain.length + 2 + 4)
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE(RECURSION_DESIRED, 2)
  message.writeUInt16BE(1, 4)
  let at = HEADER
  for (const label of labels) {
    message[at++] = label.length
    at += message.write(label, at, 'latin1')
  }
  at++
  message.writeUInt16BE(TYPE_PTR, at)
  message.writeUInt16BE(CLASS_IN, at + 2)
  return message
}

/** What a server said. */
export type Answer =
  | { readonly kind: 'name'; readonly name: string }
  /** There is no name. */
  | { readonly kind: 'none' }
  /** The server would not or could not say: another may. */
  | { readonly kind: 'failure' }

/** The answer to a question that `encodeQuestion` made; undefined if the message is not one. */
export function decodeAnswer(message: Uint8Array, question: Uint8Array): Answer | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  if (bytes.length < question.length) return undefined
  const flags = bytes.readUInt16BE(2)
  if ((flags & RESPONSE) === 0 || bytes.readUInt16BE(0) !== (question[0]! << 8) + question[1]!)
    return undefined
  if (!sameText(bytes.subarray(HEADER, question.length), question.subarray(HEADER))) return undefined
  const code = flags & RCODE
  if (code === NXDOMAIN) return { kind: 'none' }
  if (code !== 0) return { kind: 'failure' }
  const name = firstName(bytes, question.length, bytes.readUInt16BE(6))
  return name === undefined ? { kind: 'none' } : { kind: 'name', name }
}

/** Names are the same in capitals and in small letters; the rest of a question has none. */
function sameText(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).toString('latin1').toLowerCase() === Buffer.from(b).toString('latin1').toLowerCase()
}

/** The first PTR record's name. Records of aliases (RFC 2317) come before it and are passed. */
function firstName(bytes: Buffer, start: number, count: number): string | undefined {
  let at = start
  for (let i = 0; i < count; i++) {
    const end = skipName(bytes, at)
    if (end === undefined || end + 10 > bytes.length) return undefined
    const data = end + 10
    if (bytes.readUInt16BE(end) === TYPE_PTR && bytes.readUInt16BE(end + 2) === CLASS_IN) {
      return readName(bytes, data)
    }
    at = data + bytes.readUInt16BE(end + 8)
  }
  return undefined
}

/** Where a name ends. */
function skipName(bytes: Buffer, start: number): number | undefined {
  for (let at = start; at < bytes.length; at += bytes[at]! + 1) {
    if (bytes[at] === 0) return at + 1
    if (bytes[at]! >= 0xc0) return at + 2
  }
  return undefined
}

/** A name that may be continued elsewhere in the message; undefined if it is no host's, as the C library sees it. */
function readName(bytes: Buffer, start: number): string | undefined {
  const labels: string[] = []
  let length = 0
  for (let at = start, jumps = 0; at < bytes.length; ) {
    const size = bytes[at]!
    if (size === 0) return isHostName(labels) ? labels.join('.') : undefined
    if (size >= 0xc0) {
      if (++jumps > LONGEST_NAME || at + 1 >= bytes.length) return undefined
      at = ((size & 0x3f) << 8) | bytes[at + 1]!
      continue
    }
    length += size + 1
    if (length > LONGEST_NAME || at + size >= bytes.length) return undefined
    labels.push(bytes.toString('latin1', at + 1, at + 1 + size))
    at += size + 1
  }
  return undefined
}

function isHostName(labels: readonly string[]): boolean {
  return labels.length > 0 && !labels[0]!.startsWith('-') && labels.every((label) => /^[\w-]+$/.test(label))
}
