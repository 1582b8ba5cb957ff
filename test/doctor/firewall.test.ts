// Rule sets in the output of iptables-save and `nft -j`, and the fate of packets in them.
import { describe, expect, it } from '@jest/globals'
import { gatherFirewall } from '../../lib/doctor/facts/firewall.ts'
import { parseIptables } from '../../lib/doctor/facts/iptables-rules.ts'
import { parseNft } from '../../lib/doctor/facts/nft-rules.ts'
import { fateIn, type Packet, type PacketFilter } from '../../lib/doctor/facts/packet-filter.ts'
import { parseAddress } from '../../lib/model/address.ts'
import type { System } from '../../lib/system/system.ts'

const REQUEST: Packet = {
  protocol: 'tcp',
  destination: parseAddress('192.0.2.1')!,
  destinationPort: 80,
  isNew: true,
}

/** The fate of a request in the input chain; at its end, that of the policy. */
function fate(rulesets: readonly PacketFilter[], packet = REQUEST) {
  const fates = rulesets.flatMap((ruleset) =>
    [...ruleset.chains.values()]
      .filter(({ hook }) => hook === 'input')
      .map((chain) => {
        const fate = fateIn(ruleset, chain, packet)
        return fate === 'end' ? (chain.drops ? 'drop' : 'accept') : fate
      }),
  )
  return fates.find((fate) => fate !== 'accept') ?? 'accept'
}

describe('iptables', () => {
  const input = (policy: string, ...rules: string[]) =>
    fate([
      {
        families: ['inet'],
        chains: parseIptables(
          [
            '*filter',
            `:INPUT ${policy} [0:0]`,
            ':FORWARD ACCEPT [0:0]',
            ':web - [0:0]',
            ...rules,
            'COMMIT',
          ].join('\n'),
        ),
      },
    ])

  it.each([
    ['ACCEPT', [], 'accept'],
    ['DROP', [], 'drop'],
    ['DROP', ['-A INPUT -i lo -j ACCEPT'], 'drop'],
    ['DROP', ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'], 'drop'],
    ['DROP', ['-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'], 'drop'],
    ['DROP', ['-A INPUT -p udp -m udp --dport 80 -j ACCEPT'], 'drop'],
    ['DROP', ['-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT'], 'accept'],
    [
      'DROP',
      ['-A INPUT -p tcp -m multiport --dports 22,80:90 -m comment --comment "-j DROP" -j ACCEPT'],
      'accept',
    ],
    ['DROP', ['-A INPUT -d 192.0.2.0/24 -j ACCEPT'], 'accept'],
    ['DROP', ['-A INPUT -d 192.0.3.0/24 -j ACCEPT'], 'drop'],
    ['DROP', ['-A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 80 -j ACCEPT'], 'accept'],
    // Not understood or unknown: neither.
    ['DROP', ['-A INPUT -m set --match-set services dst,dst -j ACCEPT'], 'unknown'],
    ['DROP', ['-A INPUT -i eth0 -j ACCEPT'], 'unknown'],
    ['DROP', ['-A INPUT -s 203.0.113.0/24 -j ACCEPT'], 'unknown'],
    ['DROP', ['-A INPUT ! -d 192.0.2.1/32 -j ACCEPT'], 'unknown'],
    ['ACCEPT', ['-A INPUT -j NFQUEUE --queue-num 0'], 'unknown'],
    ['ACCEPT', ['-A INPUT -s 203.0.113.0/24 -j DROP'], 'accept'],
    ['ACCEPT', ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset'], 'drop'],
    ['ACCEPT', ['-A INPUT -m limit --limit 3/min -j LOG', '-A INPUT -d 192.0.2.1/32 -j DROP'], 'drop'],
    ['DROP', ['-A INPUT -j web', '-A web -p tcp -m tcp --dport 80 -j ACCEPT'], 'accept'],
    ['ACCEPT', ['-A INPUT -j web', '-A web -p tcp -m tcp --dport 80 -j RETURN', '-A web -j DROP'], 'accept'],
    ['ACCEPT', ['-A INPUT -s 203.0.113.9/32 -j web', '-A web -j DROP'], 'accept'],
    ['DROP', ['[7:420] -A INPUT -p tcp -j ACCEPT'], 'accept'],
  ])('with the policy %s and %j: %s', (policy, rules, expected) => {
    expect(input(policy, ...rules)).toBe(expected)
  })
})

describe('nft', () => {
  const input = (...rules: object[][]) => fate(table('drop', ...rules))
  const table = (policy: string, ...rules: object[][]) =>
    parseNft(
      JSON.stringify({
        nftables: [
          { metainfo: { version: '1.0.6' } },
          { table: { family: 'inet', name: 'filter' } },
          { chain: { family: 'inet', table: 'filter', name: 'web' } },
          {
            chain: {
              family: 'inet',
              table: 'filter',
              name: 'in',
              type: 'filter',
              hook: 'input',
              prio: 0,
              policy,
            },
          },
          ...rules.map((expr) => ({ rule: { family: 'inet', table: 'filter', chain: 'in', expr } })),
        ],
      }),
    )
  const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } })
  const dport = { payload: { protocol: 'tcp', field: 'dport' } }
  const ACCEPT = { accept: null }

  it.each([
    [[], 'drop'],
    [[[match(dport, 80), ACCEPT]], 'accept'],
    [[[match(dport, 22), ACCEPT]], 'drop'],
    [[[match(dport, { set: [22, { range: [80, 90] }] }), { counter: {} }, ACCEPT]], 'accept'],
    [[[match({ meta: { key: 'iifname' } }, 'lo'), ACCEPT]], 'drop'],
    [[[match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), ACCEPT]], 'drop'],
    [
      [
        [
          match({ payload: { protocol: 'ip', field: 'daddr' } }, { prefix: { addr: '192.0.2.0', len: 24 } }),
          ACCEPT,
        ],
      ],
      'accept',
    ],
    [[[match({ payload: { protocol: 'ip', field: 'daddr' } }, '@services'), ACCEPT]], 'unknown'],
    [[[{ vmap: {} }]], 'unknown'],
    [[[{ limit: { rate: 1 } }, ACCEPT]], 'unknown'],
    [[[match(dport, 22, '!='), ACCEPT]], 'unknown'],
  ])('%j: %s', (rules, expected) => {
    expect(input(...rules)).toBe(expected)
  })

  it.each(['', '{}', 'no JSON', '{"nftables":7}'])('reads nothing from %j', (text) => {
    expect(parseNft(text)).toEqual([])
  })
})

describe('gatherFirewall', () => {
  const calls: string[] = []
  const system = {
    programOutput: async (program: string) => {
      calls.push(program)
      return program.startsWith('/sbin/iptables')
        ? `# ${program}\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n`
        : undefined
    },
  } as Partial<System> as System

  it('lists equal rule sets once, and runs nft only if it has rules', async () => {
    const rulesets = await gatherFirewall(system, 'ip_tables 36864 1 - Live 0x0\n')
    expect(rulesets.map(({ families }) => families)).toEqual([['inet']])
    expect(calls.filter((path) => path.endsWith('nft'))).toEqual([])
    expect(calls.every((path) => path.startsWith('/'))).toBe(true)
    expect(fate(rulesets)).toBe('drop')
  })

  it('runs no program if no filter is loaded', async () => {
    calls.length = 0
    expect(await gatherFirewall(system, 'ip_vs 180224 0 - Live 0x0\n')).toEqual([])
    expect(calls).toEqual([])
  })
})
