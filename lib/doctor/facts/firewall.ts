// The packet filters of this machine, as listed by its iptables and nft programs.
import type { System } from '../../system/system.ts'
import { parseIptables } from './iptables-rules.ts'
import { parseNft } from './nft-rules.ts'
import type { PacketFilter } from './packet-filter.ts'

/** Programs that print rules, with the family; each is run if it is installed. */
const PROGRAMS = [
  { words: ['iptables-save'], family: 'inet' },
  { words: ['iptables-legacy-save'], family: 'inet' },
  { words: ['ip6tables-save'], family: 'inet6' },
  { words: ['ip6tables-legacy-save'], family: 'inet6' },
] as const

/** Folders of the programs, which are called by path: root's PATH is not trusted. */
const FOLDERS = ['/usr/sbin', '/sbin']

/** All readable tables. Modules that are not loaded hold no rules, and are not loaded for this. */
export async function gatherFirewall(system: System, modules: string): Promise<PacketFilter[]> {
  const rulesets: PacketFilter[] = []
  const output = async ([name = '', ...words]: readonly string[]) => {
    for (const folder of FOLDERS) {
      const text = await system.programOutput?.(`${folder}/${name}`, words)
      if (text !== undefined) return text
    }
    return undefined
  }
  if (!/^(ip6?_tables|nf_tables) /m.test(modules)) return rulesets
  const listed = new Set<string>()
  for (const { words, family } of PROGRAMS) {
    const text = await output(words)
    const rules = text?.replace(/^#.*$/gm, '').trim()
    if (!rules || listed.has(rules)) continue
    listed.add(rules)
    rulesets.push({ families: [family], chains: parseIptables(rules) })
  }
  if (/^nf_tables /m.test(modules))
    rulesets.push(...parseNft((await output(['nft', '-j', 'list', 'ruleset'])) ?? ''))
  return rulesets
}
