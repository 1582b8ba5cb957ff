// The values of a fleet's keys: JSON, one object each. A value of another shape is somebody else's, and an error.
import { isFleetName } from './fleet-keys.ts'
import { type StoreEntry, textOf } from './store.ts'

/** A committed revision of a group's rules: its number, from 1, and the SHA-256 of the document. */
export interface RevisionRef {
  readonly revision: number
  readonly document: string
}

/** In the history. */
export interface RevisionRecord extends RevisionRef {
  readonly author: string
  /** By the clock of the machine that has pushed it; for people. */
  readonly time: string
  readonly message: string
  /** Random: tells one push from another with the same content. */
  readonly id: string
  /** The revision that it goes back to, if it was made by a rollback. */
  readonly restores?: number
}

export interface Rollout {
  /** The revision that is rolled out; a rollout of another one than the current is over. */
  readonly revision: number
  /** The revision that all have before, and get back. */
  readonly from: RevisionRef
  /** The directors of each wave. Others wait for the end. */
  readonly waves: readonly (readonly string[])[]
  /** The wave that has got the revision last, from 0. */
  readonly wave: number
  readonly state: 'running' | 'done' | 'failed'
  /** The reason of a failure. */
  readonly reason?: string
  /** Seconds that a wave must be well before the next begins. */
  readonly wait: number
  /** Seconds that a wave may take until all of it have the revision. */
  readonly patience: number
  /** Servers that were down when the rollout began, by director: more means that it is worse. */
  readonly down: Readonly<Record<string, number>>
}

export interface GroupReport extends RevisionRef {
  /**
   * `applied`: the table is that of the revision. `applying`: it is on its way, or servers have not been checked yet.
   * `refused`: the kernel has refused changes, or cannot be reached. `wrong`: the document cannot be used; the last one
   * that could is.
   */
  readonly result: 'applied' | 'applying' | 'refused' | 'wrong'
  readonly errors: readonly string[]
}

export interface DirectorReport {
  readonly name: string
  /** Its machine, for people. */
  readonly host: string
  readonly version: string
  /** The times of the agent's start and of this report, by its clock; for people. */
  readonly started: string
  readonly written: string
  /** By group: the revision that the director wants to have, and how that went. */
  readonly groups: Readonly<Record<string, GroupReport>>
  /** The SHA-256 of the live table's rule lines. */
  readonly table: string
  /** Changes from the live table to the rules, as `diff` prints them: how many, and the first of them. */
  readonly differences: { readonly count: number; readonly lines: readonly string[] }
  /** Entries that somebody has changed by hand. */
  readonly held: number
  readonly servers: number
  readonly down: number
}

/** Of an agent whose name another one has taken. */
export interface RivalRecord {
  readonly host: string
}

/** Of a director that has been in the fleet; stays when it goes. */
export interface MemberRecord {
  readonly name: string
  /** By group: the last revision that it has applied; 0: none. */
  readonly groups: Readonly<Record<string, number>>
  /** The time of this record, by the director's own clock; for people. */
  readonly seen: string
}

/** The value of the key `format`. */
export const FORMAT = '{"program":"ipvsadm","format":1}'

/** A value that is not of a fleet. */
export class ForeignValue extends Error {
  override readonly name = 'ForeignValue'
}

type ValueCheck = (value: unknown) => boolean
type Shape = Readonly<Record<string, ValueCheck>>

const text: ValueCheck = (value) => typeof value === 'string'
const number: ValueCheck = (value) => typeof value === 'number'
/** A revision, a wave, a count. */
const whole: ValueCheck = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const name: ValueCheck = (value) => typeof value === 'string' && isFleetName(value)
const oneOf =
  (...words: readonly string[]): ValueCheck =>
  (value) =>
    words.some((word) => word === value)
const optional =
  (check: ValueCheck): ValueCheck =>
  (value) =>
    value === undefined || check(value)
const object = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
const list =
  (check: ValueCheck): ValueCheck =>
  (value) =>
    Array.isArray(value) && value.every(check)
/** An object with values of one kind. */
const each =
  (check: ValueCheck): ValueCheck =>
  (value) =>
    object(value) && Object.values(value).every(check)
const shaped =
  (shape: Shape): ValueCheck =>
  (value) =>
    object(value) && Object.entries(shape).every(([name, check]) => check(value[name]))

const REF = { revision: whole, document: text } as const

const SHAPES = {
  pointer: REF,
  record: { ...REF, author: text, time: text, message: text, id: text, restores: optional(whole) },
  rollout: {
    revision: whole,
    from: shaped(REF),
    waves: list(list(name)),
    wave: whole,
    state: oneOf('running', 'done', 'failed'),
    reason: optional(text),
    wait: number,
    patience: number,
    down: each(whole),
  },
  report: {
    name: text,
    host: text,
    version: text,
    started: text,
    written: text,
    groups: each(
      shaped({ ...REF, result: oneOf('applied', 'applying', 'refused', 'wrong'), errors: list(text) }),
    ),
    table: text,
    differences: shaped({ count: whole, lines: list(text) }),
    held: whole,
    servers: whole,
    down: whole,
  },
  rival: { host: text },
  member: { name: text, groups: each(whole), seen: text },
} as const satisfies Readonly<Record<keyof ValueTypes, Shape>>

interface ValueTypes {
  readonly pointer: RevisionRef
  readonly record: RevisionRecord
  readonly rollout: Rollout
  readonly report: DirectorReport
  readonly rival: RivalRecord
  readonly member: MemberRecord
}

/** Throws a ForeignValue. */
function parseValue<K extends keyof ValueTypes>(kind: K, entry: StoreEntry): ValueTypes[K] {
  const { key } = entry
  let value: unknown
  try {
    value = JSON.parse(textOf(entry))
  } catch {
    throw new ForeignValue(`${key}: not a value of a fleet: no JSON`)
  }
  const fields = object(value) ? value : {}
  for (const [name, check] of Object.entries(SHAPES[kind])) {
    if (!check(fields[name])) throw new ForeignValue(`${key}: not a value of a fleet: no ${name}`)
  }
  return value as ValueTypes[K]
}

/** Takes the message on a value of another shape, which is left out. */
export type LeaveOut = (problem: string) => void

/** The value of an entry. With `leaveOut` undefined stands for one of another shape; without, it is a ForeignValue. */
export function readValue<K extends keyof ValueTypes>(
  kind: K,
  entry: StoreEntry,
  leaveOut?: LeaveOut,
): ValueTypes[K] | undefined {
  try {
    return parseValue(kind, entry)
  } catch (error) {
    if (leaveOut === undefined || !(error instanceof ForeignValue)) throw error
    leaveOut(error.message)
    return undefined
  }
}

export const writeValue = (value: ValueTypes[keyof ValueTypes]): string => JSON.stringify(value)
