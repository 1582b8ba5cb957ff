// The output of `nft -j list ruleset` → chains of filters and of source translation, a rule set a table.
import { contains, parsePrefix } from '../../model/prefix.ts'
import {
  type Chain,
  type FilterRule,
  inRanges,
  type Match,
  type Packet,
  type PacketFilter,
  type Target,
} from './packet-filter.ts'

type NftObject = Readonly<Record<string, unknown>>

const FAMILIES: Readonly<Record<string, PacketFilter['families']>> = {
  ip: ['inet'],
  ip6: ['inet6'],
  inet: ['inet', 'inet6'],
}

/** Statements that let the packet go on. */
const HARMLESS = ['counter', 'log', 'comment', 'mangle', 'notrack', 'set', 'meta']

export function parseNft(text: string): PacketFilter[] {
  const tables = new Map<string, { families: PacketFilter['families']; chains: Map<string, Chain> }>()
  for (const entry of entriesOf(text)) {
    const { chain, rule } = entry as { chain?: NftObject; rule?: NftObject }
    const of = chain ?? rule
    const families = FAMILIES[String(of?.family)]
    if (of === undefined || families === undefined) continue
    const key = `${of.family} ${of.table}`
    const table = tables.get(key) ?? { families, chains: new Map<string, Chain>() }
    tables.set(key, table)
    if (chain !== undefined) {
      const name = `chain ${chain.name} of the nftables table ${chain.table}`
      table.chains.set(String(chain.name), {
        hook: hookOf(chain),
        drops: chain.policy === 'drop',
        rules: [],
        name,
      })
    } else if (rule !== undefined && Array.isArray(rule.expr)) {
      table.chains.get(String(rule.chain))?.rules.push(parseRule(rule.expr))
    }
  }
  return [...tables.values()]
}

function entriesOf(text: string): readonly NftObject[] {
  try {
    const { nftables } = JSON.parse(text)
    return Array.isArray(nftables) ? nftables : []
  } catch {
    return []
  }
}

function hookOf({ type, hook }: NftObject): Chain['hook'] {
  if (type === 'filter' && (hook === 'input' || hook === 'forward' || hook === 'prerouting')) return hook
  return type === 'nat' && hook === 'postrouting' ? hook : undefined
}

function parseRule(statements: readonly NftObject[]): FilterRule {
  const matches: FilterRule['matches'][number][] = []
  let target: Target = { kind: 'none' }
  let setsMark = false
  let mark: number | undefined
  for (const statement of statements) {
    const [name = ''] = Object.keys(statement)
    if (name === 'match') matches.push(matchOf(statement.match as NftObject))
    else if (name === 'accept' || name === 'drop' || name === 'return') target = { kind: name }
    else if (name === 'reject') target = { kind: 'drop' }
    else if (name === 'masquerade' || name === 'snat') target = { kind: 'masquerade' }
    else if (name === 'jump') target = { kind: 'jump', chain: String((statement.jump as NftObject).target) }
    else if (name === 'limit') matches.push(() => 'maybe')
    else if (!HARMLESS.includes(name)) target = { kind: 'unknown' }
    // An iptables extension may be the target MARK.
    if (name === 'mangle' || name === 'xt') setsMark = true
    if (name === 'mangle') mark = markOf(statement.mangle as NftObject)
  }
  return { matches, target, setsMark, mark }
}

function markOf({ key, value }: NftObject): number | undefined {
  const isMark = (key as { meta?: NftObject } | undefined)?.meta?.key === 'mark'
  return isMark && typeof value === 'number' ? value : undefined
}

function matchOf({ op, left, right }: NftObject): (packet: Packet) => Match {
  const { payload, meta, ct } = left as { payload?: NftObject; meta?: NftObject; ct?: NftObject }
  const values = valuesOf(right)
  if (op !== '==' && op !== 'in') return () => 'maybe'
  if (payload?.field === 'dport' || payload?.field === 'sport') {
    const side = payload.field === 'dport' ? 'destinationPort' : 'sourcePort'
    const ranges = values.map(rangeOf)
    return (packet) => (packet.protocol === payload.protocol ? inRanges(packet[side], ranges) : 'no')
  }
  if (payload?.field === 'daddr' || payload?.field === 'saddr') {
    const side = payload.field === 'daddr' ? 'destination' : 'source'
    const prefixes = values.map(prefixOf)
    return ({ [side]: address }) => {
      if (address === undefined || prefixes.includes(undefined)) return 'maybe'
      return prefixes.some((prefix) => prefix !== undefined && contains(prefix, address)) ? 'yes' : 'no'
    }
  }
  if (meta?.key === 'l4proto') return ({ protocol }) => (values.includes(protocol) ? 'yes' : 'no')
  if (meta?.key === 'iifname' || meta?.key === 'iif') {
    return () => (values.every((value) => value === 'lo') ? 'no' : 'maybe')
  }
  if (ct?.key === 'state') {
    return ({ isNew }) => {
      if (isNew !== true || values.includes('invalid') || values.includes('untracked')) return 'maybe'
      return values.includes('new') ? 'yes' : 'no'
    }
  }
  return () => 'maybe'
}

function valuesOf(right: unknown): readonly unknown[] {
  if (Array.isArray(right)) return right
  const { set } = (typeof right === 'object' && right !== null ? right : {}) as { set?: unknown }
  return Array.isArray(set) ? set : [right]
}

function rangeOf(value: unknown): readonly [number, number] {
  const { range } = (typeof value === 'object' && value !== null ? value : {}) as { range?: unknown[] }
  return range === undefined ? [Number(value), Number(value)] : [Number(range[0]), Number(range[1])]
}

function prefixOf(value: unknown) {
  if (typeof value === 'string') return parsePrefix(value)
  const { prefix } = (typeof value === 'object' && value !== null ? value : {}) as { prefix?: NftObject }
  return prefix === undefined ? undefined : parsePrefix(`${prefix.addr}/${prefix.len}`)
}
