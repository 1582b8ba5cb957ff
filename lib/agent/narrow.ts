// The part of a turn that concerns some services, and its result put back into the whole. Pure.
import { keysOf } from '../model/server-key.ts'
import type { RuleTable } from './rule-table.ts'
import type { Memory, ServiceNote } from './wanted.ts'

/** Keys of services, `serviceKey`. */
export type ServiceKeys = ReadonlySet<string>

export function pick<V>(entries: ReadonlyMap<string, V>, keys: ServiceKeys): ReadonlyMap<string, V> {
  const picked = new Map<string, V>()
  for (const key of keys) {
    const value = entries.get(key)
    if (value !== undefined) picked.set(key, value)
  }
  return picked
}

/** The rules of these services, without what concerns the whole director. */
export function narrowRules({ services }: RuleTable, keys: ServiceKeys): RuleTable {
  return { services: pick(services, keys), timeouts: undefined, daemons: new Map(), zeros: [] }
}

/** The memory after a turn over these services. */
export function mergeMemory(before: Memory, after: Memory, keys: ServiceKeys): Memory {
  return {
    held: after.held,
    ours: new Set([...before.ours, ...after.ours]),
    draining: mergeTimes(before.draining, after.draining, keys),
    starting: mergeTimes(before.starting, after.starting, keys),
  }
}

type Times = ReadonlyMap<string, number>

function mergeTimes(before: Times, after: Times, keys: ServiceKeys): Times {
  const others = [...before].filter(([key]) => !keys.has(keysOf(key).service))
  return new Map([...others, ...after])
}

/** The notes after a turn over these services, in the order of before. */
export function mergeNotes(
  before: readonly ServiceNote[],
  after: readonly ServiceNote[],
  keys: ServiceKeys,
): readonly ServiceNote[] {
  const news = new Map(after.map((note) => [note.key, note]))
  const merged = before.flatMap((note) => (keys.has(note.key) ? (news.get(note.key) ?? []) : note))
  const known = new Set(before.map(({ key }) => key))
  return [...merged, ...after.filter(({ key }) => !known.has(key))]
}
