// Samples in columns: subjects come one by one, as the kernel lists them, and metrics need all samples of one row together.
// Only labels and numbers are kept.
import type { MetricFamily, SampleValue } from './exposition.ts'
import type { MetricRow } from './rows.ts'

export class SampleColumns<T> {
  /** Of each subject. */
  readonly labels: string[] = []
  readonly #rows: readonly MetricRow<T>[]
  readonly #columns: readonly SampleValue[][]

  constructor(rows: readonly MetricRow<T>[]) {
    this.#rows = rows
    this.#columns = rows.map(() => [])
  }

  add(labels: string, subject: T): void {
    this.labels.push(labels)
    // By index: an iterator for each subject would be most of the garbage.
    for (let i = 0; i < this.#rows.length; i++) this.#columns[i]!.push(compact(this.#rows[i]!.value(subject)))
  }

  families(): MetricFamily[] {
    return this.#rows.map(({ name, type, help }, i) => ({
      name,
      type,
      help,
      labels: this.labels,
      values: this.#columns[i]!,
    }))
  }
}

/** A bigint is an object, and formatting it takes longer. */
const compact = (value: SampleValue): SampleValue =>
  typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
