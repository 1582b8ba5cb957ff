// A socket that answers any datagram with golden bytes.

import { TransportError } from '../../lib/model/errors.ts'
import type { Transport } from '../../lib/netlink/transport.ts'
import type { Capture } from './fake-kernel/capture.ts'
import * as captures from './fake-kernel/captures.ts'

const PORT = 4242

/** Replies to the nth datagram with the nth answer; when one is read to its end, says that nothing more comes. */
export class ReplayTransport implements Transport {
  readonly port = PORT
  readonly sent: Uint8Array[] = []
  readonly #answers: (readonly Uint8Array[])[]
  #waiting: Uint8Array[] = []

  constructor(...answers: readonly (readonly Uint8Array[])[]) {
    this.#answers = [...answers]
  }

  send(datagram: Uint8Array): void {
    this.sent.push(datagram.slice())
    const base = viewOf(datagram).getUint32(8, true)
    for (const answer of this.#answers.shift() ?? []) this.#waiting.push(numbered(answer, base))
  }

  async receive(): Promise<Uint8Array> {
    const next = this.#waiting.shift()
    if (next === undefined) throw new TransportError('nothing more comes', 'END')
    return next
  }

  close(): void {}
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength)

/** A copy in which every message is for the socket, its sequence number changed. */
function changed(datagram: Uint8Array, sequenceOf: (old: number) => number): Uint8Array {
  const copy = datagram.slice()
  const view = viewOf(copy)
  for (let at = 0; at + 16 <= copy.length; at += Math.max((view.getUint32(at, true) + 3) & ~3, 16)) {
    view.setUint32(at + 8, sequenceOf(view.getUint32(at + 8, true)), true)
    view.setUint32(at + 12, PORT, true)
  }
  return copy
}

/** Counts a datagram's sequence numbers from that of the first request. */
const numbered = (datagram: Uint8Array, base: number) => changed(datagram, (place) => base + place)

/** An answer to the request of that place in a datagram. */
const answering = (datagram: Uint8Array, place: number) => changed(datagram, () => place)

const acknowledgement = () => answering(captures.acknowledged.replies[0]!, 1)

/** The captured replies to a client's opening, and then the capture's own, `change`d by the test. */
export function replay(
  { replies }: Capture,
  change: (replies: Uint8Array[]) => Uint8Array[] = (unchanged) => unchanged,
): ReplayTransport {
  // A request has the place 0 in its datagram, the no-op that ends it the place 1.
  const own = replies.map((datagram) => answering(datagram, 0))
  const isDump = viewOf(replies.at(-1)!).getUint16(4, true) === 3
  return new ReplayTransport(
    [...captures.family.replies.map((datagram) => answering(datagram, 0)), acknowledgement()],
    [...captures.info.replies.map((datagram) => answering(datagram, 0)), acknowledgement()],
    [...change(own), ...(isDump ? [] : [acknowledgement()])],
  )
}
