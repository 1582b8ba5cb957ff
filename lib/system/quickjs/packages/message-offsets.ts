// Offsets in encoded messages, at which the C host replaces values.
import { type Received, received, walk } from '../../../netlink/attributes.ts'
import { GENERIC_HEADER, MESSAGE_HEADER } from '../../../netlink/message.ts'

/** The offset of an attribute's payload in a message. */
export function payloadOf(message: Uint8Array, ...path: readonly number[]): number {
  const data = received(message)
  let start = MESSAGE_HEADER + GENERIC_HEADER
  let end = message.length
  for (const attribute of path) [start, end] = find(data, start, end, attribute)
  return start
}

function find(data: Received, start: number, end: number, attribute: number): [number, number] {
  let found: [number, number] | undefined
  walk(data, start, end, 'plan', (type, from, to) => {
    if (type === attribute) found = [from, to]
  })
  if (found === undefined) throw new TypeError(`no attribute ${attribute}`)
  return found
}
