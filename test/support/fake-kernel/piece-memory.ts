// Datagrams of dumps, kept until one of their entries changes: a benchmark reads large tables again and again, and to make
// them anew takes a hundred times as long as the kernel takes.
import { NLMSG_HEADER } from './constants.ts'
import type { Counters, Destination, Service } from './tables.ts'

/** A service or destination: the parts of it that others replace. */
export interface Subject {
  readonly settings: Service['settings'] | Destination['settings']
  readonly counters: Counters
  readonly active?: number
  readonly inactive?: number
  readonly persistent?: number
}

/** The first entry of a datagram: the request's bytes, the number of the entry, the most bytes that there may be. */
export interface PiecePlace {
  readonly payload: Uint8Array
  readonly start: number
  readonly limit: number
}

interface Piece {
  readonly bytes: Uint8Array
  readonly subjects: readonly Subject[]
  /** Copies of them, as they are shown. */
  readonly shown: readonly Subject[]
  /** Whether the dump's last entry is in it. */
  readonly isLast: boolean
}

export class PieceMemory {
  readonly #kept = new Map<string, Piece>()

  /**
   * A datagram that was kept, for a request with this number and port; undefined if it would differ now.
   * @param entries those from `place.start` on
   */
  find(
    place: PiecePlace,
    entries: Iterable<{ readonly subject?: Subject }>,
    header: { readonly sequence: number; readonly port: number },
  ): { readonly bytes: Uint8Array; readonly entries: number } | undefined {
    const piece = this.#kept.get(keyOf(place))
    if (piece === undefined || !isSame(piece, entries)) return undefined
    return { bytes: stamped(piece.bytes, header), entries: piece.subjects.length }
  }

  /**
   * Keeps a datagram, unless it has entries without a subject.
   * @param isLast whether the dump's last entry is in it
   */
  keep(
    place: PiecePlace,
    bytes: Uint8Array,
    entries: readonly (Subject | undefined)[],
    isLast: boolean,
  ): void {
    const subjects = entries.filter((each) => each !== undefined)
    if (subjects.length < entries.length) return
    this.#kept.set(keyOf(place), { bytes, subjects, shown: subjects.map((each) => ({ ...each })), isLast })
  }
}

const keyOf = ({ payload, start, limit }: PiecePlace) =>
  `${Buffer.from(payload).toString('latin1')} ${start} ${limit}`

function isSame(
  { subjects, shown, isLast }: Piece,
  entries: Iterable<{ readonly subject?: Subject }>,
): boolean {
  let at = 0
  for (const { subject } of entries) {
    if (at === subjects.length) return !isLast
    if (subject === undefined || subject !== subjects[at] || !isAsShown(subject, shown[at]!)) return false
    at++
  }
  return isLast && at === subjects.length
}

const isAsShown = (now: Subject, shown: Subject) =>
  now.settings === shown.settings &&
  now.counters === shown.counters &&
  now.active === shown.active &&
  now.inactive === shown.inactive &&
  now.persistent === shown.persistent

/** A copy with this number and port in the headers of all messages (struct nlmsghdr in linux/netlink.h). */
function stamped(bytes: Uint8Array, { sequence, port }: { sequence: number; port: number }): Uint8Array {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  for (let at = 0; at + NLMSG_HEADER <= copy.length; at += (view.getUint32(at, true) + 3) & ~3) {
    view.setUint32(at + 8, sequence, true)
    view.setUint32(at + 12, port, true)
  }
  return copy
}
