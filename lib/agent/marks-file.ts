// The file in which the agent keeps the marks of what others have set, so that a restart does not undo them. Only marks:
// everything else is read from the kernel.
import type { DestinationConfiguration } from '../model/destination.ts'
import type { ServiceConfiguration } from '../model/service.ts'
import type { Held, HeldEntry } from './drift.ts'

/** Of this format; a file of another one is not read. */
const VERSION = 1

export function formatMarks({ services, servers }: Held): string {
  const entries = <C>(marks: ReadonlyMap<string, HeldEntry<C>>) =>
    [...marks].map(([key, { config, rule }]) => ({ key, config, rule }))
  return `${JSON.stringify({ version: VERSION, services: entries(services), servers: entries(servers) })}\n`
}

/** Undefined: it is no such file. @param now `Clock.now()`: the time of the marks, which is not kept */
export function parseMarks(text: string, now: number): Held | undefined {
  try {
    const { version, services, servers } = JSON.parse(text)
    if (version !== VERSION) return undefined
    return {
      services: marksOf<ServiceConfiguration>(services, 'scheduler', now),
      servers: marksOf<DestinationConfiguration>(servers, 'weight', now),
    }
  } catch {
    return undefined
  }
}

/** @param field one that every configuration has. Throws if something else is there. */
function marksOf<C>(entries: unknown, field: string, at: number): Map<string, HeldEntry<C>> {
  if (!Array.isArray(entries)) throw new TypeError('no list')
  return new Map(
    entries.map(({ key, config, rule }: Record<string, unknown>) => {
      for (const each of [config, rule]) {
        if (each !== undefined && !(typeof each === 'object' && each !== null && field in each)) {
          throw new TypeError('no configuration')
        }
      }
      return [String(key), { config: config as C | undefined, rule: rule as C | undefined, at }]
    }),
  )
}
