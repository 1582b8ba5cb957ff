// The keys of a fleet, under a prefix. docs/fleet.md explains them.

export interface FleetKeys {
  /** With a slash at the end. */
  readonly prefix: string
  /** Says that the prefix is a fleet's, and in which format. A prefix without it that has other keys is left alone. */
  readonly format: string
  /** With a slash at the end: all documents of a group. */
  documents(group: string): string
  /** A rule document by the digest of its content. */
  document(group: string, digest: string): string
  /** With a slash at the end: all of a group but documents and history. */
  group(group: string): string
  readonly groups: string
  /** The pointer to the current revision. */
  current(group: string): string
  rollout(group: string): string
  /** The director that carries the rollout on, with a lease. */
  lead(group: string): string
  history(group: string): string
  revision(group: string, revision: number): string
  readonly directors: string
  /** A director's report, with a lease. */
  director(name: string): string
  readonly rivals: string
  /** An agent whose name another one has taken, with a lease, by which it is named. */
  rival(name: string, lease: bigint): string
  /** Directors that have been in the fleet. */
  readonly members: string
  member(name: string): string
}

export const DEFAULT_PREFIX = '/ipvsadm/'

/** Digits of a revision in its key, so that keys are in order. */
const DIGITS = 8

export function fleetKeys(prefix: string): FleetKeys {
  const root = prefix.endsWith('/') ? prefix : `${prefix}/`
  const group = (name: string) => `${root}groups/${name}/`
  return {
    prefix: root,
    format: `${root}format`,
    documents: (name) => `${root}documents/${name}/`,
    document: (name, digest) => `${root}documents/${name}/${digest}`,
    group,
    groups: `${root}groups/`,
    current: (name) => `${group(name)}current`,
    rollout: (name) => `${group(name)}rollout`,
    lead: (name) => `${group(name)}lead`,
    history: (name) => `${root}history/${name}/`,
    revision: (name, revision) => `${root}history/${name}/${`${revision}`.padStart(DIGITS, '0')}`,
    directors: `${root}directors/`,
    director: (name) => `${root}directors/${name}`,
    rivals: `${root}rivals/`,
    rival: (name, lease) => `${root}rivals/${name}/${lease.toString(16)}`,
    members: `${root}members/`,
    member: (name) => `${root}members/${name}`,
  }
}

/** Names of groups and directors: parts of keys, and words of command lines. */
export const isFleetName = (text: string): boolean => /^[A-Za-z0-9][\w.-]{0,62}$/.test(text)

/**
 * The name of a group or director in a key, between a prefix and an end; undefined: it is another key. Keys that something
 * else has written have any characters in place of a name.
 */
export function nameIn(key: string, prefix: string, end = ''): string | undefined {
  if (!key.startsWith(prefix) || !key.endsWith(end)) return undefined
  const name = key.slice(prefix.length, key.length - end.length)
  return isFleetName(name) ? name : undefined
}

/** The group of the key of a pointer; undefined: it is another key. */
export const groupOfPointer = (key: string, { groups }: FleetKeys): string | undefined =>
  nameIn(key, groups, '/current')
