// The text format of Prometheus (exposition format 0.0.4): families of samples in, text out, in large chunks.
import { CHUNK_SIZE } from '../output/chunks.ts'

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** One metric with all its samples, in columns: with an object for each, a large table would be mostly garbage. */
export interface MetricFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Of each sample, as `labels` formats them. */
  readonly labels: readonly string[]
  /** Undefined: there is no sample with these labels. */
  readonly values: readonly SampleValue[]
}

export type SampleValue = number | bigint | undefined

/** Yields the families in their order, in large chunks; a family without samples is left out. */
export function* exposition(families: Iterable<MetricFamily>): Generator<string, void, undefined> {
  let text = ''
  for (const { name, type, help, labels, values } of families) {
    let head = `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n`
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      if (value === undefined) continue
      text += `${head}${name}${labels[i]} ${value}\n`
      head = ''
      if (text.length < CHUNK_SIZE) continue
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
}

const SPECIAL = /[\\"\n]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

const escaped = (value: string) =>
  SPECIAL.test(value) ? value.replace(/[\\"\n]/g, (char) => ESCAPES[char]!) : value

/** `{name="value",…}`. Empty labels are left out: for Prometheus they are the same as absent ones. */
export const labels = (values: Readonly<Record<string, string>>): string => withLabels('', values)

/** The same after other labels, as this formats them. */
export function withLabels(others: string, values: Readonly<Record<string, string>>): string {
  const parts = [others.slice(0, -1)]
  for (const name in values) {
    const value = values[name]!
    if (value !== '')
      parts.push(parts.length === 1 && others === '' ? '{' : ',', name, '="', escaped(value), '"')
  }
  if (parts.length === 1) return others
  parts.push('}')
  // One flat string: parts that are concatenated are put together again by each metric that uses them.
  return parts.join('')
}
