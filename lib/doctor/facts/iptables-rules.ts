// The output of iptables-save → chains of the filter and of source translation.
import { contains, parsePrefix } from '../../model/prefix.ts'
import {
  type Chain,
  type FilterRule,
  inRanges,
  type Match,
  type Packet,
  type Target,
} from './packet-filter.ts'

const HOOKS: Readonly<Record<string, Chain['hook']>> = {
  'filter INPUT': 'input',
  'filter FORWARD': 'forward',
  'mangle PREROUTING': 'prerouting',
  'nat POSTROUTING': 'postrouting',
}

const TARGETS: Readonly<Record<string, Exclude<Target['kind'], 'jump'>>> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  REJECT: 'drop',
  RETURN: 'return',
  MASQUERADE: 'masquerade',
  SNAT: 'masquerade',
  LOG: 'none',
  NFLOG: 'none',
  MARK: 'none',
  CONNMARK: 'none',
  TRACE: 'none',
  AUDIT: 'none',
}

export function parseIptables(text: string): Map<string, Chain> {
  const chains = new Map<string, Chain>()
  let table = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim()
    const declared = /^:(\S+) (\S+)/.exec(line)
    if (declared !== null) {
      const [, name = '', policy] = declared
      const hook = HOOKS[`${table} ${name}`]
      const chain = { hook, drops: policy === 'DROP', rules: [], name: `chain ${name} of iptables` }
      chains.set(`${table} ${name}`, chain)
    }
    const rule = /^(?:\[\d+:\d+\] )?-A (\S+)(.*)$/.exec(line)
    if (rule !== null) chains.get(`${table} ${rule[1]}`)?.rules.push(parseRule(table, rule[2] ?? '', chains))
  }
  return chains
}

function parseRule(table: string, text: string, chains: ReadonlyMap<string, Chain>): FilterRule {
  const words = text.match(/"(?:\\.|[^"])*"|\S+/g) ?? []
  const matches: FilterRule['matches'][number][] = []
  let target: Target = { kind: 'none' }
  let setsMark = false
  let mark: number | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const value = words[at + 1] ?? ''
    if (word === '-j') {
      const jump = chains.has(`${table} ${value}`)
      target = jump ? { kind: 'jump', chain: `${table} ${value}` } : { kind: TARGETS[value] ?? 'unknown' }
      setsMark = value === 'MARK' || value === 'CONNMARK'
      if (value === 'MARK') mark = wholeMark(words.slice(at + 2))
      break
    }
    if (word === '-g') target = { kind: 'unknown' }
    const match = MATCHES[word]
    if (word === '-m' || word === '--comment') at++
    else if (match === undefined) matches.push(() => 'maybe')
    else {
      matches.push(words[at - 1] === '!' ? () => 'maybe' : match(value))
      at++
    }
  }
  return { matches, target, setsMark, mark }
}

/** The mark of `--set-mark 7`, `--set-xmark 0x7/0xffffffff`; undefined where bits of the old one stay. */
function wholeMark([option = '', value = '']: readonly string[]): number | undefined {
  const match = /^(0x[0-9a-f]+|\d+)(\/0xffffffff)?$/i.exec(value)
  return match !== null && /^--set-x?mark$/.test(option) ? Number(match[1]) : undefined
}

type Matcher = (value: string) => (packet: Packet) => Match

const network =
  (side: 'source' | 'destination'): Matcher =>
  (value) =>
  ({ [side]: address }) => {
    const prefix = parsePrefix(value)
    if (address === undefined || prefix === undefined) return 'maybe'
    return contains(prefix, address) ? 'yes' : 'no'
  }

const ports =
  (side: 'sourcePort' | 'destinationPort'): Matcher =>
  (value) => {
    const ranges = value.split(',').map((range) => {
      const [first = '', last = first] = range.split(':')
      return [Number(first || 0), Number(last || 65535)] as const
    })
    return ({ [side]: port }) => inRanges(port, ranges)
  }

const states: Matcher =
  (value) =>
  ({ isNew }) => {
    const names = value.split(',')
    if (isNew !== true || names.includes('INVALID') || names.includes('UNTRACKED')) return 'maybe'
    return names.includes('NEW') ? 'yes' : 'no'
  }

/** A packet from another host does not arrive on lo; nothing is known of other interfaces. */
const MATCHES: Readonly<Record<string, Matcher>> = {
  '-i': (value) => () => (value === 'lo' ? 'no' : 'maybe'),
  '-p':
    (value) =>
    ({ protocol }) =>
      value === 'all' || value === protocol ? 'yes' : 'no',
  '-s': network('source'),
  '-d': network('destination'),
  '--sport': ports('sourcePort'),
  '--sports': ports('sourcePort'),
  '--dport': ports('destinationPort'),
  '--dports': ports('destinationPort'),
  '--ctstate': states,
  '--state': states,
}
