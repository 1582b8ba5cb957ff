// The text format of Prometheus (exposition format 0.0.4): families of samples in, text out, in large chunks.
import { inChunks } from '../output/chunks.ts'

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** One metric with all its samples, each with its labels as `labels` formats them. */
export interface MetricFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  samples(): Iterable<MetricSample>
}

export type MetricSample = readonly [labels: string, value: number | bigint]

/** Yields the families in their order; a family without samples is left out. */
export function exposition(families: Iterable<MetricFamily>): Generator<string, void, undefined> {
  return inChunks(lines(families))
}

function* lines(families: Iterable<MetricFamily>): Generator<string, void, undefined> {
  for (const { name, type, help, samples } of families) {
    let head = `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n`
    for (const [labels, value] of samples()) {
      yield `${head}${name}${labels} ${value}\n`
      head = ''
    }
  }
}

const SPECIAL = /[\\"\n]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

const escaped = (value: string) =>
  SPECIAL.test(value) ? value.replace(/[\\"\n]/g, (char) => ESCAPES[char]!) : value

/** `{name="value",…}`. Empty labels are left out: for Prometheus they are the same as absent ones. */
export function labels(values: Readonly<Record<string, string>>): string {
  let text = ''
  for (const name in values) {
    const value = values[name]!
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escaped(value)}"`
  }
  return text === '' ? '' : `{${text}}`
}
