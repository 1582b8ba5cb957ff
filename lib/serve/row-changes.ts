// The rows as JSON, and what has changed between two readings: only that is sent.
import type { PageRow, PageView } from './page-view.ts'

type RowKind = 'services' | 'servers'
const KINDS: readonly RowKind[] = ['services', 'servers']

export class RowChanges {
  /** The JSON text of each row by its key, as it was sent last. */
  readonly #sent = { services: new Map<string, string>(), servers: new Map<string, string>() }
  #totals = ''

  /** Takes a new reading; the JSON of what is different from the last one. */
  take(view: PageView, at: number): string {
    this.#totals = JSON.stringify(view.totals)
    const parts = KINDS.map((kind) => this.#update(kind, view[kind]))
    return `{"at":${at},"totals":${this.#totals},${parts.join(',')}}`
  }

  /** The JSON of all rows of the last reading. */
  all(at: number, head: object): string {
    const lists = KINDS.map((kind) => `"${kind}":[${[...this.#sent[kind].values()].join(',')}]`)
    return `{"at":${at},"head":${JSON.stringify(head)},"totals":${this.#totals},${lists.join(',')}}`
  }

  #update(kind: RowKind, rows: readonly PageRow[]): string {
    const before = this.#sent[kind]
    const after = new Map<string, string>()
    const changed: string[] = []
    for (const row of rows) {
      const text = JSON.stringify(row)
      if (before.get(row.key) !== text) changed.push(text)
      after.set(row.key, text)
    }
    const gone = [...before.keys()].filter((key) => !after.has(key))
    this.#sent[kind] = after
    return `"${kind}":[${changed.join(',')}],"gone-${kind}":${JSON.stringify(gone)}`
  }
}
