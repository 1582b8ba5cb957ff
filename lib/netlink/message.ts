// Netlink and generic netlink message framing (linux/netlink.h, linux/genetlink.h).

import { decodeText } from '../model/bytes.ts'
import { DecodeError } from '../model/errors.ts'
import { type AttributeWriter, align, type Received, walk } from './attributes.ts'

/** `struct nlmsghdr`: u32 length, u16 type, u16 flags, u32 sequence, u32 port. */
export const MESSAGE_HEADER = 16
/** `struct genlmsghdr`: u8 command, u8 version, u16 reserved. */
export const GENERIC_HEADER = 4

export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

export const NLM_F_REQUEST = 0x1
const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP = 0x300
/** Of an NLMSG_ERROR or NLMSG_DONE: the request's payload is left out; attributes follow (an extended acknowledgement). */
const NLM_F_CAPPED = 0x100
const NLM_F_ACK_TLVS = 0x200
/** The reason in words. */
const NLMSGERR_ATTR_MSG = 1

export interface MessageHeader {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly port: number
}

/** Opens a generic netlink message; close it with `endMessage`. */
export function beginMessage(
  writer: AttributeWriter,
  header: MessageHeader,
  command: number,
  version: number,
): number {
  const at = writer.length
  writer.u32(0)
  writer.u16(header.type)
  writer.u16(header.flags)
  writer.u32(header.sequence)
  writer.u32(header.port)
  writer.u8(command)
  writer.u8(version)
  writer.u16(0)
  return at
}

export function endMessage(writer: AttributeWriter, at: number): void {
  writer.setU32(at, writer.length - at)
}

/** Sets the sequence number of the message that begins at `at`. */
export function numberMessage(bytes: Uint8Array, at: number, sequence: number): void {
  for (let i = 0; i < 4; i++) bytes[at + 8 + i] = sequence >>> (8 * i)
}

/** A no-op message that requests an acknowledgement. */
export function writeNoop(writer: AttributeWriter, sequence: number, port: number): void {
  writer.u32(MESSAGE_HEADER)
  writer.u16(NLMSG_NOOP)
  writer.u16(NLM_F_REQUEST | NLM_F_ACK)
  writer.u32(sequence)
  writer.u32(port)
}

/**
 * Calls `visit` for each message of a datagram; `start` and `end` bound its payload (after `struct nlmsghdr`).
 * Throws a DecodeError on a length that does not fit.
 */
export function eachMessage(
  data: Received,
  visit: (header: MessageHeader, start: number, end: number) => void,
): void {
  const total = data.bytes.length
  let at = 0
  while (at < total) {
    if (total - at < MESSAGE_HEADER)
      throw new DecodeError('netlink', `${total - at} bytes are too short for a message`)
    const { view } = data
    const length = view.getUint32(at, true)
    if (length < MESSAGE_HEADER || at + length > total) {
      throw new DecodeError('netlink', `a message has length ${length}, ${total - at} bytes are left`)
    }
    const header = {
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      port: view.getUint32(at + 12, true),
    }
    visit(header, at + MESSAGE_HEADER, at + length)
    at += align(length)
  }
}

/** The length of a DONE with the errno, and nothing else. */
export const PLAIN_END = MESSAGE_HEADER + 4

/** Whether PLAIN_END bytes are a DONE that reports success, as most dumps end; other ends take longer to read. */
export function isPlainEnd(bytes: Uint8Array, sequence: number, port: number): boolean {
  return (
    bytes[0] === PLAIN_END &&
    (bytes[1]! | bytes[2]! | bytes[3]!) === 0 &&
    bytes[4] === NLMSG_DONE &&
    // Of the flags only NLM_F_MULTI.
    (bytes[5]! | (bytes[6]! & ~NLM_F_MULTI) | bytes[7]!) === 0 &&
    (bytes[8]! | (bytes[9]! << 8) | (bytes[10]! << 16) | (bytes[11]! << 24)) === (sequence | 0) &&
    (bytes[12]! | (bytes[13]! << 8) | (bytes[14]! << 16) | (bytes[15]! << 24)) === (port | 0) &&
    (bytes[16]! | bytes[17]! | bytes[18]! | bytes[19]!) === 0
  )
}

/** The errno (positive, 0 for success) of an NLMSG_ERROR or an NLMSG_DONE. */
export function errnoOf(data: Received, start: number, end: number): number {
  // A DONE without a payload, which kernels before 4.20 may send, is a success.
  if (end - start < 4) return 0
  return -data.view.getInt32(start, true)
}

/**
 * The kernel's words for an errno: the message of an extended acknowledgement, which comes only to sockets that have
 * asked for it (NETLINK_EXT_ACK) and only where the kernel has something to say.
 */
export function explanationOf(
  data: Received,
  { type, flags }: MessageHeader,
  start: number,
  end: number,
): string | undefined {
  if ((flags & NLM_F_ACK_TLVS) === 0) return undefined
  let at = start + 4
  if (type === NLMSG_ERROR) {
    // The request's header follows the errno, and mostly its payload.
    if (end - at < MESSAGE_HEADER) return undefined
    const length = (flags & NLM_F_CAPPED) === 0 ? data.view.getUint32(at, true) : MESSAGE_HEADER
    at = length > end - at ? end : at + align(length)
  }
  let text: string | undefined
  walk(data, Math.min(at, end), end, 'NLMSG_ERROR', (attribute, from, to) => {
    if (attribute === NLMSGERR_ATTR_MSG)
      text = decodeText(data.bytes.subarray(from, to)).replace(/\0.*$/s, '')
  })
  return text
}
