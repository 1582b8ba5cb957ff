// Packet filters as read from iptables or nft, and the path of a packet through them. Three-valued: a rule with
// matches that are not understood may match or not.
import type { Address } from '../../model/address.ts'

/** Undefined: not known, or any. */
export interface Packet {
  readonly protocol: string
  readonly source?: Address
  readonly sourcePort?: number
  readonly destination?: Address
  readonly destinationPort?: number
  /** Whether it begins a connection. */
  readonly isNew?: boolean
}

export type Match = 'yes' | 'no' | 'maybe'

export type Target =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'unknown' | 'none' | 'masquerade' }
  | { readonly kind: 'jump'; readonly chain: string }

export interface FilterRule {
  readonly matches: readonly ((packet: Packet) => Match)[]
  readonly target: Target
  readonly setsMark: boolean
  /** The mark that it sets; undefined: none, or one that is not known. */
  readonly mark?: number | undefined
}

export interface Chain {
  /**
   * `input` and `forward` of a filter, `prerouting` of what sets marks, `postrouting` of a translation; undefined:
   * reached by jumps only.
   */
  readonly hook: 'input' | 'forward' | 'prerouting' | 'postrouting' | undefined
  /** The filter's policy. */
  readonly drops: boolean
  readonly rules: FilterRule[]
  /** For messages: `chain INPUT of iptables`. */
  readonly name: string
}

/** One program's tables of one address family. */
export interface PacketFilter {
  readonly families: readonly ('inet' | 'inet6')[]
  readonly chains: ReadonlyMap<string, Chain>
}

/** The result for a packet in a chain: `end` is the end of the chain, `unknown` may be any. */
type Fate = 'accept' | 'drop' | 'masquerade' | 'end' | 'unknown'

/** The deepest chain of chains; the kernel allows no circles (16 levels in nf_tables). */
const DEEPEST = 16

export function fateIn({ chains }: PacketFilter, chain: Chain, packet: Packet, depth = 0): Fate {
  if (depth > DEEPEST) return 'unknown'
  for (const { matches, target } of chain.rules) {
    const match = every(matches.map((one) => one(packet)))
    if (match === 'no' || target.kind === 'none') continue
    const next = target.kind === 'jump' ? chains.get(target.chain) : undefined
    const fate =
      next !== undefined ? fateIn({ families: [], chains }, next, packet, depth + 1) : fateOf(target)
    if (fate === 'end') {
      if (target.kind !== 'return') continue
      return match === 'yes' ? 'end' : 'unknown'
    }
    if (match === 'yes') return fate
    // A rule that may drop the packet may also let it pass.
    if (fate !== 'drop') return 'unknown'
  }
  return 'end'
}

/** The mark that the chain gives the packet in any case. */
export function markIn({ rules }: Chain, packet: Packet): number | undefined {
  let mark: number | undefined
  for (const { matches, target, setsMark, mark: set } of rules) {
    const match = every(matches.map((one) => one(packet)))
    if (match === 'no') continue
    if (setsMark) {
      if (match !== 'yes' || set === undefined) return undefined
      mark = set
    } else if (target.kind !== 'none') {
      return match === 'yes' && target.kind === 'accept' ? mark : undefined
    }
  }
  return mark
}

function fateOf({ kind }: Target): Fate {
  if (kind === 'accept' || kind === 'drop' || kind === 'masquerade') return kind
  return kind === 'return' ? 'end' : 'unknown'
}

function every(matches: readonly Match[]): Match {
  if (matches.includes('no')) return 'no'
  return matches.includes('maybe') ? 'maybe' : 'yes'
}

/** Whether a number lies in one of these ranges; `maybe` if it is not known. */
export function inRanges(value: number | undefined, ranges: readonly (readonly [number, number])[]): Match {
  if (value === undefined || ranges.some((range) => range.some(Number.isNaN))) return 'maybe'
  return ranges.some(([first, last]) => value >= first && value <= last) ? 'yes' : 'no'
}
