// The attributes of destinations, kept until the destination changes: a benchmark reads large tables again and again, and to
// make them anew takes a hundred times as long as the kernel takes.
import type { Destination } from './tables.ts'
import type { AttributeWriter } from './writer.ts'

interface Remembered
  extends Pick<Destination, 'settings' | 'counters' | 'active' | 'inactive' | 'persistent'> {
  readonly bytes: Uint8Array
}

/** Padding depends on where the attributes begin. */
const ALIGNMENT = 8

export class DestinationMemory {
  readonly #kept = new WeakMap<Destination, Remembered[]>()

  /** Writes the attributes as they were made before, or makes them. */
  write(destination: Destination, out: AttributeWriter, make: () => void): void {
    const kept = this.#kept.get(destination) ?? []
    this.#kept.set(destination, kept)
    const place = out.length % ALIGNMENT
    const old = kept[place]
    if (old !== undefined && isSame(old, destination)) {
      out.bytes(old.bytes)
      return
    }
    const start = out.length
    make()
    const { settings, counters, active, inactive, persistent } = destination
    kept[place] = { settings, counters, active, inactive, persistent, bytes: out.take(start) }
  }
}

function isSame(old: Remembered, { settings, counters, active, inactive, persistent }: Destination): boolean {
  return (
    old.settings === settings &&
    old.counters === counters &&
    old.active === active &&
    old.inactive === inactive &&
    old.persistent === persistent
  )
}
