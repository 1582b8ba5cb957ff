// Checks of the module itself: permission, ip_vs, the schedulers that the saved rules ask for, its connection table.
import { ruleLines } from '../rules/split-lines.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'

/** Where distributions keep the rules that they restore at start. */
const RULE_FILES = ['/etc/ipvsadm.rules', '/etc/sysconfig/ipvsadm']

/** Connections a bucket from which looking one up takes noticeably longer. */
const CROWDED = 4

export const moduleChecks: readonly Check[] = [
  {
    id: 'no-permission',
    severity: 'stops',
    *find({ unavailable, privileged }) {
      if (unavailable === undefined || privileged) return
      yield {
        problem: 'the table cannot be read without the right to administer the network',
        evidence: unavailable.message,
        remedy: 'sudo ipvsadm doctor',
      }
    },
  },
  {
    id: 'no-module',
    severity: 'stops',
    *find({ unavailable, privileged }) {
      if (unavailable === undefined || !privileged) return
      yield {
        problem: 'the kernel has no ip_vs',
        evidence: unavailable.message,
        remedy: 'modprobe ip_vs',
      }
    },
  },
  {
    id: 'scheduler-missing',
    severity: 'stops',
    *find(facts) {
      for (const path of RULE_FILES) {
        for (const [scheduler, line] of schedulersOf(facts.file(path) ?? '')) {
          if (hasModule(facts, `ip_vs_${scheduler}`)) continue
          yield {
            problem: `the saved rules ask for the scheduler ${scheduler}, which this kernel does not have`,
            evidence: `${path}, line ${line}; no module ip_vs_${scheduler}`,
            remedy: `sed -i 's/ -s ${scheduler}\\b/ -s wlc/' ${path}`,
          }
        }
      }
    },
  },
  {
    id: 'connection-table-small',
    severity: 'bites',
    *find({ connections, buckets }) {
      if (buckets === 0 || connections < CROWDED * buckets) return
      const bits = Math.min(20, Math.ceil(Math.log2(connections)))
      yield {
        problem: 'the connection table is small for its connections',
        evidence: `${connections} connections in ${buckets} buckets`,
        remedy: `echo options ip_vs conn_tab_bits=${bits} > /etc/modprobe.d/ip_vs.conf`,
      }
    },
  },
]

/** Each scheduler that a rule file names, with the first line that does. */
function schedulersOf(text: string): Map<string, number> {
  const schedulers = new Map<string, number>()
  for (const { number, words } of ruleLines(text)) {
    const scheduler = words[words.findIndex((word) => word === '-s' || word === '--scheduler') + 1]
    if (scheduler === undefined || scheduler === words[0] || schedulers.has(scheduler)) continue
    if (/^[a-z0-9_]+$/.test(scheduler)) schedulers.set(scheduler, number)
  }
  return schedulers
}

/** Whether a module is loaded, built in, or can be loaded; true where nobody can tell. */
function hasModule({ file }: Facts, name: string): boolean {
  if (new RegExp(`^${name} `, 'm').test(file('/proc/modules') ?? '')) return true
  const folder = `/lib/modules/${(file('/proc/sys/kernel/osrelease') ?? '').trim()}`
  const lists = [file(`${folder}/modules.dep`), file(`${folder}/modules.builtin`)]
  if (lists.every((list) => list === undefined)) return true
  return lists.some((list) => list?.includes(`/${name}.ko`))
}
