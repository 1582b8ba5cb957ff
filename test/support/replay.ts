// A socket on which golden bytes come back, whatever is sent.

import { TransportError } from '../../lib/model/errors.ts'
import type { Transport } from '../../lib/netlink/transport.ts'
import type { Capture } from './fake-kernel/capture.ts'
import * as captures from './fake-kernel/captures.ts'

/** Replies to the nth datagram with the nth answer; when one is read to its end, says that nothing more comes. */
export class ReplayTransport implements Transport {
  readonly port = 4242
  readonly sent: Uint8Array[] = []
  readonly #answers: (readonly Uint8Array[])[]
  #waiting: Uint8Array[] = []

  constructor(...answers: readonly (readonly Uint8Array[])[]) {
    this.#answers = [...answers]
  }

  send(datagram: Uint8Array): void {
    this.sent.push(datagram.slice())
    this.#waiting.push(...(this.#answers.shift() ?? []))
  }

  async receive(): Promise<Uint8Array> {
    const next = this.#waiting.shift()
    if (next === undefined) throw new TransportError('nothing more comes', 'END')
    return next
  }

  close(): void {}
}

/** A copy with another sequence number in every message. */
function sequenced(datagram: Uint8Array, sequence: number): Uint8Array {
  const copy = datagram.slice()
  const view = new DataView(copy.buffer)
  for (let at = 0; at < copy.length; at += (view.getUint32(at, true) + 3) & ~3) {
    view.setUint32(at + 8, sequence, true)
  }
  return copy
}

function acknowledgement(sequence: number): Uint8Array {
  return sequenced(captures.acknowledged.replies[0]!, sequence)
}

/** What a client that is opened reads first, and then the capture's replies, `change`d as the test likes. */
export function replay(
  { replies }: Capture,
  change: (replies: Uint8Array[]) => Uint8Array[] = (unchanged) => unchanged,
): ReplayTransport {
  // Each request takes a number, and so does the no-op at the end of its datagram.
  const own = replies.map((datagram) => sequenced(datagram, 5))
  const isDump = new DataView(replies.at(-1)!.buffer, replies.at(-1)!.byteOffset).getUint16(4, true) === 3
  return new ReplayTransport(
    [...captures.family.replies.map((datagram) => sequenced(datagram, 1)), acknowledgement(2)],
    [...captures.info.replies.map((datagram) => sequenced(datagram, 3)), acknowledgement(4)],
    [...change(own), ...(isDump ? [] : [acknowledgement(6)])],
  )
}
