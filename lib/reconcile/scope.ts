// `--scope`: the part of the table that the caller manages.

import { contains, type Prefix, parsePrefix } from '../model/prefix.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { isFwmark, type Protocol, type ServiceId } from '../model/service.ts'

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'sctp']
const FWMARKS = /^fwmark(?::(\d{1,10})(?:-(\d{1,10}))?)?$/
const MAX_FWMARK = 2 ** 32 - 1

/**
 * A service by address is in the scope if one of the networks and one of the protocols match; an empty list of one kind
 * matches all, if the other is not empty. A service by firewall mark is in the scope if a range contains its mark.
 */
export interface Scope {
  readonly networks: readonly Prefix[]
  readonly protocols: readonly Protocol[]
  readonly fwmarks: readonly { readonly first: number; readonly last: number }[]
}

/** Reads words like `192.0.2.0/24`, `udp`, `fwmark:1-99`, or several separated by commas; or gives the wrong word. */
export function parseScope(words: readonly string[]): Scope | { readonly illegal: string } {
  const networks: Prefix[] = []
  const protocols: Protocol[] = []
  const fwmarks: { first: number; last: number }[] = []
  for (const word of words.flatMap((list) => list.split(','))) {
    const network = parsePrefix(word)
    const protocol = PROTOCOLS.find((name) => name === word)
    const range = parseRange(word)
    if (network !== undefined) networks.push(network)
    else if (protocol !== undefined) protocols.push(protocol)
    else if (range !== undefined) fwmarks.push(range)
    else return { illegal: word }
  }
  return { networks, protocols, fwmarks }
}

function parseRange(word: string): { first: number; last: number } | undefined {
  const match = FWMARKS.exec(word)
  if (match === null) return undefined
  const first = Number(match[1] ?? 1)
  const last = Number(match[2] ?? match[1] ?? MAX_FWMARK)
  return first >= 1 && first <= last && last <= MAX_FWMARK ? { first, last } : undefined
}

export function inScope(id: ServiceId, { networks, protocols, fwmarks }: Scope): boolean {
  if (isFwmark(id)) return fwmarks.some(({ first, last }) => first <= id.fwmark && id.fwmark <= last)
  if (networks.length === 0 && protocols.length === 0) return false
  return (
    (networks.length === 0 || networks.some((network) => contains(network, id.address))) &&
    (protocols.length === 0 || protocols.includes(id.protocol))
  )
}

/** The part of the ruleset in the scope. Timeouts and daemons are outside of every scope. */
export function narrowRuleset(ruleset: Ruleset, scope: Scope): { ruleset: Ruleset; leftOut: number[] } {
  const leftOut: number[] = []
  const services = new Map(
    [...ruleset.services].filter(([, { id, line }]) => inScope(id, scope) || !leftOut.push(line)),
  )
  const zeros = ruleset.zeros.filter(({ service, line }) => {
    return (service !== undefined && inScope(service, scope)) || !leftOut.push(line)
  })
  if (ruleset.timeouts !== undefined) leftOut.push(ruleset.timeouts.line)
  for (const { line } of ruleset.daemons.values()) leftOut.push(line)
  return {
    ruleset: { services, zeros, timeouts: undefined, daemons: new Map() },
    leftOut: leftOut.sort((a, b) => a - b),
  }
}
