// The events of the loop, in the log's words.
import { describeErrno } from '../model/errors.ts'
import type { RefusedStep } from '../reconcile/outcome.ts'
import { formatChange } from '../rules/change-lines.ts'
import type { Drift } from './drift.ts'
import type { Log } from './log.ts'
import type { ServiceNote } from './wanted.ts'

/** Lines of one turn about one thing, after which they are counted only. */
const LISTED = 50

export function logDrift(log: Log, drift: readonly Drift[], keep: boolean): void {
  for (const one of drift.slice(0, LISTED)) {
    if (one.kind === 'cleared') {
      log('warning', 'drift', { change: 'table-cleared', action: 'restored' })
      continue
    }
    log('warning', 'drift', {
      change: one.kind,
      entry: one.key,
      ...('fields' in one && { fields: one.fields.join(',') }),
      ...('to' in one && { weight: one.to }),
      ...('weight' in one && { before: one.weight.before, after: one.weight.after }),
      action: keep ? 'kept' : 'corrected',
    })
  }
  if (drift.length > LISTED) log('warning', 'drift', { more: drift.length - LISTED })
}

/** The services whose state is another than before. */
export function logNotes(log: Log, before: readonly ServiceNote[], after: readonly ServiceNote[]): void {
  const old = new Map(before.map((note) => [note.key, note]))
  for (const { key, up, total, minimum, fallback } of after) {
    const was = old.get(key)
    if (fallback !== (was?.fallback ?? false)) {
      log(fallback ? 'error' : 'info', fallback ? 'fallback-used' : 'fallback-ended', {
        service: key,
        up,
        total,
      })
    }
    if (minimum !== (was?.minimum ?? false)) {
      log(minimum ? 'error' : 'info', minimum ? 'minimum-used' : 'minimum-ended', { service: key, up, total })
    }
    if (up === 0 && total > 0 && was !== undefined && was.up > 0) {
      log('error', 'service-down', { service: key, total })
    }
  }
}

/** Logs what the kernel refuses, once for as long as it stays the same; the refusals as a text to compare. */
export function logRefusals(log: Log, refused: readonly RefusedStep[], before: string): string {
  const lines = refused.map(({ step, error }) => `${formatChange(step.change)}: ${error.code}`)
  const text = lines.join('\n')
  if (text === before) return text
  for (const { step, error } of refused.slice(0, LISTED)) {
    log('error', 'refused', {
      change: formatChange(step.change),
      line: step.line,
      code: error.code,
      problem: describeErrno(error.errno),
    })
  }
  return text
}
