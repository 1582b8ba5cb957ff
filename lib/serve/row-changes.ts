// The changes between two readings, as JSON: only these are sent. A new row is whole, a known one has its key and the fields
// with other values.
import type { PageServerRow, PageServiceRow } from './page-rows.ts'
import type { PageView } from './page-view.ts'

type RowKind = 'services' | 'servers'

/** A row of any kind. */
type AnyRow = PageServiceRow | PageServerRow

const NOTHING: PageView = {
  services: [],
  servers: [],
  totals: { services: 0, servers: 0, down: 0, active: 0, inactive: 0, connections: null },
}

/** A row as it was when it last changed, and the last reading that had it. */
interface KnownRow<R> {
  row: R
  reading: number
}

export class RowChanges {
  #view = NOTHING
  #reading = 0
  readonly #known = {
    services: new Map<string, KnownRow<PageServiceRow>>(),
    servers: new Map<string, KnownRow<PageServerRow>>(),
  }

  /** Takes a new reading; gives the JSON of the differences from the last one, with the order of services if one is new. */
  take(view: PageView, at: number): string {
    this.#reading++
    const { totals } = view
    const services = this.#update('services', view.services, this.#known.services)
    const servers = this.#update('servers', view.servers, this.#known.servers)
    this.#view = { services: services.rows, servers: servers.rows, totals }
    const parts = [services.json, servers.json]
    if (services.added) parts.push(`"order":${JSON.stringify(view.services.map(({ key }) => key))}`)
    return `{"at":${at},"totals":${JSON.stringify(totals)},${parts.join(',')}}`
  }

  /** The JSON of all rows of the last reading. */
  all(at: number, more: Readonly<Record<'head' | 'history' | 'fleet', object | null>>): string {
    return JSON.stringify({ at, ...more, ...this.#view })
  }

  /** A row that has not changed stays the same object: new ones would live for a second each. */
  #update<R extends AnyRow>(kind: RowKind, rows: readonly R[], known: Map<string, KnownRow<R>>) {
    const changed: string[] = []
    const kept: R[] = []
    let present = 0
    let added = false
    for (const row of rows) {
      let entry = known.get(row.key)
      if (entry === undefined) {
        entry = { row, reading: 0 }
        known.set(row.key, entry)
        changed.push(JSON.stringify(row))
        added = true
      } else {
        const text = difference(entry.row, row)
        if (text !== undefined) {
          changed.push(text)
          entry.row = row
        }
      }
      if (entry.reading !== this.#reading) present++
      entry.reading = this.#reading
      kept.push(entry.row)
    }
    const gone: string[] = []
    if (present < known.size) {
      for (const [key, { reading }] of known) {
        if (reading === this.#reading) continue
        gone.push(key)
        known.delete(key)
      }
    }
    const json = `"${kind}":[${changed.join(',')}],"gone-${kind}":${JSON.stringify(gone)}`
    return { rows: kept, json, added }
  }
}

/** Undefined: there is none. */
function difference(old: AnyRow, row: AnyRow): string | undefined {
  let changed: Record<string, unknown> | undefined
  for (const name in row) {
    const field = name as keyof AnyRow
    if (row[field] === old[field]) continue
    changed ??= { key: row.key }
    changed[field] = row[field]
  }
  return changed && JSON.stringify(changed)
}
