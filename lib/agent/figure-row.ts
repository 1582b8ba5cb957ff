// A row of metrics that are made of figures: of the agent, of its fleet.
import { labels, type MetricFamily } from '../metrics/exposition.ts'

export interface FigureRow<F> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** A number, or numbers by the value of the label. Undefined: no sample. */
  readonly value: (from: F) => number | undefined | Readonly<Record<string, number>>
  readonly label?: string
}

export function* figureFamilies<F>(
  rows: readonly FigureRow<F>[],
  figures: F,
): Generator<MetricFamily, void, undefined> {
  for (const { name, type, help, label, value } of rows) {
    yield { name, type, help: help.replaceAll('`', ''), ...samplesOf(value(figures), label) }
  }
}

function samplesOf(
  value: number | undefined | Readonly<Record<string, number>>,
  label = '',
): Pick<MetricFamily, 'labels' | 'values'> {
  if (typeof value !== 'object') return { labels: [''], values: [value] }
  return {
    labels: Object.keys(value).map((name) => labels({ [label]: name })),
    values: Object.values(value),
  }
}
