// The changes between two readings, as JSON: only these are sent. A new row is whole, a known one has its key and the fields
// with other values.
import type { PageServerRow, PageServiceRow } from './page-rows.ts'
import type { PageView } from './page-view.ts'

type RowKind = 'services' | 'servers'
const KINDS: readonly RowKind[] = ['services', 'servers']

/** A row of any kind. */
type AnyRow = PageServiceRow | PageServerRow

const NOTHING: PageView = {
  services: [],
  servers: [],
  totals: { services: 0, servers: 0, down: 0, active: 0, inactive: 0, connections: null },
}

export class RowChanges {
  #view = NOTHING
  readonly #known = { services: new Map<string, AnyRow>(), servers: new Map<string, AnyRow>() }

  /** Takes a new reading; gives the JSON of the differences from the last one, with the order of services if one is new. */
  take(view: PageView, at: number): string {
    this.#view = view
    const known = this.#known.services
    const isNew = view.services.some(({ key }) => !known.has(key))
    const parts = KINDS.map((kind) => this.#update(kind, view[kind]))
    if (isNew) parts.push(`"order":${JSON.stringify(view.services.map(({ key }) => key))}`)
    return `{"at":${at},"totals":${JSON.stringify(view.totals)},${parts.join(',')}}`
  }

  /** The JSON of all rows of the last reading. */
  all(at: number, more: Readonly<Record<'head' | 'history' | 'fleet', object | null>>): string {
    return JSON.stringify({ at, ...more, ...this.#view })
  }

  #update(kind: RowKind, rows: readonly AnyRow[]): string {
    const before = this.#known[kind]
    const after = new Map<string, AnyRow>()
    const changed: string[] = []
    for (const row of rows) {
      const old = before.get(row.key)
      const text = old === undefined ? JSON.stringify(row) : difference(old, row)
      if (text !== undefined) changed.push(text)
      after.set(row.key, row)
    }
    const gone = [...before.keys()].filter((key) => !after.has(key))
    this.#known[kind] = after
    return `"${kind}":[${changed.join(',')}],"gone-${kind}":${JSON.stringify(gone)}`
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
