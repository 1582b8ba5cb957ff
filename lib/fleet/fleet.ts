// A fleet in a store: what commands read of it, and commits. Agents follow it by themselves (lib/agent/fleet/).
import { digestOf } from './documents.ts'
import { type FleetKeys, fleetKeys, groupOfPointer, nameIn } from './fleet-keys.ts'
import {
  type DirectorReport,
  FORMAT,
  ForeignValue,
  type LeaveOut,
  type MemberRecord,
  type RevisionRecord,
  type RevisionRef,
  type Rollout,
  readValue,
  writeValue,
} from './fleet-values.ts'
import { type GroupState, groupState } from './group-state.ts'
import { type Operation, type Store, type StoreEntry, StoreError, textOf } from './store.ts'

/** A director that is alive. */
export interface LiveDirector {
  readonly report: DirectorReport
  /** Of its key. */
  readonly lease: bigint
}

export interface Commit {
  readonly group: string
  readonly text: string
  /** The mark of the pointer that the changes were shown against: another one means that somebody else was faster. */
  readonly base: number
  readonly record: Omit<RevisionRecord, keyof RevisionRef>
  /** The rollout of a revision; undefined: it goes to all directors at once. */
  readonly rollout?: (revision: number, from: RevisionRef) => Rollout
}

export type CommitResult =
  | { readonly kind: 'committed'; readonly record: RevisionRecord }
  /** The record that another client has committed meanwhile. */
  | { readonly kind: 'lost'; readonly to: RevisionRecord | undefined }

/** Values that directors write are left out even if nobody is told. */
const UNSAID: LeaveOut = () => {}

/** Attempts to commit beside a rollout that goes on. */
const ATTEMPTS = 20

export class Fleet {
  readonly keys: FleetKeys
  readonly store: Store

  constructor(store: Store, prefix: string) {
    this.store = store
    this.keys = fleetKeys(prefix)
  }

  /** The mark of the key that says that the prefix is a fleet's; 0: there is nothing yet. Throws a ForeignValue. */
  async format(): Promise<number> {
    const { prefix, format } = this.keys
    const [mark] = (await this.store.get(format)).entries
    if (mark !== undefined) {
      if (textOf(mark) !== FORMAT)
        throw new ForeignValue(`${format}: not the format of this program; it is left alone`)
      return mark.modRevision
    }
    const [other] = (await this.store.list(prefix, { keysOnly: true, limit: 1 })).entries
    if (other === undefined) return 0
    throw new ForeignValue(
      `the prefix ${prefix} is not a fleet's: it has the key ${other.key}; it is left alone`,
    )
  }

  async groups(): Promise<string[]> {
    const { entries } = await this.store.list(this.keys.groups, { keysOnly: true })
    return entries.flatMap(({ key }) => groupOfPointer(key, this.keys) ?? [])
  }

  /** Here as below, values of another shape are a ForeignValue unless they may be left out. */
  async group(name: string, leaveOut?: LeaveOut): Promise<GroupState> {
    const { entries } = await this.store.list(this.keys.group(name))
    return groupState(new Map(entries.map((entry) => [entry.key, entry])), name, this.keys, leaveOut)
  }

  /** Throws a ForeignValue if it is not there, or not what its name says. */
  async document(group: string, digest: string): Promise<string> {
    return await readDocument(this.store, this.keys, group, digest)
  }

  /** The revisions that are kept, the newest first. */
  async history(group: string, leaveOut?: LeaveOut): Promise<RevisionRecord[]> {
    const { entries } = await this.store.list(this.keys.history(group))
    return entries.flatMap((entry) => readValue('record', entry, leaveOut) ?? []).reverse()
  }

  /** The digests of the documents of a group. */
  async documents(group: string): Promise<string[]> {
    const prefix = this.keys.documents(group)
    const { entries } = await this.store.list(prefix, { keysOnly: true })
    return entries.map(({ key }) => key.slice(prefix.length))
  }

  async record(group: string, revision: number, leaveOut?: LeaveOut): Promise<RevisionRecord | undefined> {
    const [entry] = (await this.store.get(this.keys.revision(group, revision))).entries
    return entry && readValue('record', entry, leaveOut)
  }

  /** By name. */
  async directors(leaveOut: LeaveOut = UNSAID): Promise<Map<string, LiveDirector>> {
    const { entries } = await this.store.list(this.keys.directors)
    return directorsOf(entries, this.keys, leaveOut)
  }

  /** The report of a director; undefined: it is not alive. */
  async report(name: string): Promise<DirectorReport | undefined> {
    const [entry] = (await this.store.get(this.keys.director(name))).entries
    return entry && readValue('report', entry)
  }

  /** The hosts of agents whose name another one has taken, by name. */
  async rivals(leaveOut: LeaveOut = UNSAID): Promise<Map<string, string[]>> {
    const hosts = new Map<string, string[]>()
    const prefix = this.keys.rivals
    for (const entry of (await this.store.list(prefix)).entries) {
      const name = nameIn(entry.key, prefix, entry.key.slice(entry.key.lastIndexOf('/')))
      const rival = name && readValue('rival', entry, leaveOut)
      if (name && rival) hosts.set(name, [...(hosts.get(name) ?? []), rival.host])
    }
    return hosts
  }

  /** By name, also those that have gone. */
  async members(leaveOut: LeaveOut = UNSAID): Promise<Map<string, MemberRecord>> {
    const members = new Map<string, MemberRecord>()
    for (const entry of (await this.store.list(this.keys.members)).entries) {
      const name = nameIn(entry.key, this.keys.members)
      const member = name && readValue('member', entry, leaveOut)
      if (name && member) members.set(name, member)
    }
    return members
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const { group, text, base, rollout } = commit
    const document = digestOf(text)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const format = await this.format()
      const state = await this.group(group)
      if (state.marks.current !== base) return await this.#judge(commit, state)
      const revision = (state.current?.revision ?? 0) + 1
      const record: RevisionRecord = { revision, document, ...commit.record }
      const { keys } = this
      const held = (await this.store.get(keys.document(group, document), { keysOnly: true })).entries[0]
      const from = state.rollout?.state === 'running' ? state.rollout.from : state.settled
      const operations: Operation[] = [
        ...(format === 0 ? [{ put: keys.format, value: FORMAT }] : []),
        ...(held === undefined ? [{ put: keys.document(group, document), value: text }] : []),
        { put: keys.revision(group, revision), value: writeValue(record) },
        { put: keys.current(group), value: writeValue({ revision, document }) },
        rollout !== undefined && from !== undefined
          ? { put: keys.rollout(group), value: writeValue(rollout(revision, from)) }
          : { remove: keys.rollout(group) },
      ]
      const conditions = [
        { key: keys.format, modRevision: format },
        { key: keys.current(group), modRevision: state.marks.current },
        { key: keys.rollout(group), modRevision: state.marks.rollout },
        { key: keys.revision(group, revision), modRevision: 0 },
        { key: keys.document(group, document), modRevision: held?.modRevision ?? 0 },
      ]
      try {
        if ((await this.store.transact(conditions, operations)).done) return { kind: 'committed', record }
      } catch (error) {
        if (!(error instanceof StoreError) || error.failure !== 'unavailable') throw error
        // The answer is lost, and the next reading shows whether it was done.
      }
    }
    throw new ForeignValue(`${this.keys.group(group)}: the history has revisions after the current one`)
  }

  /** The pointer has moved: by this very commit, whose answer got lost, or by somebody else's. */
  async #judge({ group, record }: Commit, { current }: GroupState): Promise<CommitResult> {
    const to = current && (await this.record(group, current.revision))
    return to !== undefined && to.id === record.id ? { kind: 'committed', record: to } : { kind: 'lost', to }
  }
}

/** From any member; if that does not have it yet, from the cluster. Throws a ForeignValue. */
export async function readDocument(
  store: Store,
  keys: FleetKeys,
  group: string,
  digest: string,
): Promise<string> {
  const key = keys.document(group, digest)
  const near = await store.get(key, { serializable: true })
  const [entry] = near.entries.length > 0 ? near.entries : (await store.get(key)).entries
  if (entry === undefined) throw new ForeignValue(`${key}: there is no such document`)
  const text = textOf(entry)
  if (digestOf(text) !== digest) throw new ForeignValue(`${key}: the content has another digest`)
  return text
}

/** The directors of these keys, by name. */
export function directorsOf(
  entries: Iterable<StoreEntry>,
  keys: FleetKeys,
  leaveOut: LeaveOut = UNSAID,
): Map<string, LiveDirector> {
  const directors = new Map<string, LiveDirector>()
  for (const entry of entries) {
    const name = nameIn(entry.key, keys.directors)
    const report = name && readValue('report', entry, leaveOut)
    // The key is what a director may write; what it says of itself may be wrong.
    if (name && report) directors.set(name, { report: { ...report, name }, lease: entry.lease })
  }
  return directors
}
