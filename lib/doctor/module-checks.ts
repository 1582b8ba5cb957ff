// Checks of the module: the right to use it, ip_vs, the schedulers of the saved rules, the connection table.
import { CLASSIC_INDEX } from '../grammar/classic-index.ts'
import { Popt, PoptError } from '../grammar/popt.ts'
import { ruleLines } from '../rules/split-lines.ts'
import type { MissingRight } from './facts/rights.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'
import { setting } from './servers.ts'

/** The rule files that distributions restore at boot. */
const RULE_FILES = ['/etc/ipvsadm.rules', '/etc/sysconfig/ipvsadm']

/** Connections a bucket, as a power of two, at which the kernel resizes its table: 7.2 has it, and older kernels a fixed size. */
const LOAD_FACTOR = 'net/ipv4/vs/conn_lfactor'

/** Connections per bucket from which a look-up takes noticeably longer. */
const CROWDED = 4

const RIGHTS: Readonly<Record<MissingRight, { problem: string; fix: string; manual?: true }>> = {
  user: {
    problem: 'the table cannot be read without the right to administer the network',
    fix: 'sudo ipvsadm doctor',
  },
  capability: {
    problem: 'the right to administer the network (CAP_NET_ADMIN) is missing',
    fix: 'give the process or the container CAP_NET_ADMIN (such as `docker run --cap-add NET_ADMIN`), or run on the host: nsenter --net=/proc/PID/ns/net ipvsadm doctor',
    manual: true,
  },
  namespace: {
    problem:
      'root of a user namespace has no right to administer ip_vs (CAP_NET_ADMIN of the initial user namespace)',
    fix: 'run on the host: nsenter --net=/proc/PID/ns/net ipvsadm doctor',
    manual: true,
  },
}

export const moduleChecks: readonly Check[] = [
  {
    id: 'no-permission',
    severity: 'error',
    *find({ unavailable, missingRight }) {
      if (unavailable === undefined || missingRight === undefined) return
      yield { ...RIGHTS[missingRight], evidence: unavailable.message }
    },
  },
  {
    id: 'no-module',
    severity: 'error',
    *find({ unavailable, missingRight }) {
      if (unavailable === undefined || missingRight !== undefined) return
      yield { problem: 'the kernel has no ip_vs', evidence: unavailable.message, fix: 'modprobe ip_vs' }
    },
  },
  {
    id: 'scheduler-missing',
    severity: 'error',
    *find(facts) {
      for (const path of RULE_FILES) {
        for (const [scheduler, line] of schedulersOf(facts.file(path) ?? '')) {
          if (hasScheduler(facts, scheduler)) continue
          const release = (facts.file('/proc/sys/kernel/osrelease') ?? '').trim()
          yield {
            problem: `the saved rules ask for the scheduler ${scheduler}, which this kernel does not have`,
            evidence: `${path}, line ${line}; no module ip_vs_${scheduler}`,
            fix: `install the package with ip_vs_${scheduler}.ko for kernel ${release}, or choose another scheduler in line ${line} of ${path}`,
            manual: true,
          }
        }
      }
    },
  },
  {
    id: 'connection-table-small',
    severity: 'warning',
    *find(facts) {
      const { connections, buckets } = facts
      if (buckets === 0 || connections.total < CROWDED * buckets) return
      const problem = 'the connection table is small for its connections'
      const evidence = `${connections.total} connections in ${buckets} buckets`
      const factor = setting(facts, LOAD_FACTOR)
      const limit = facts.file('/sys/module/ip_vs/parameters/conn_tab_bits')
      if (factor !== undefined && limit !== undefined && buckets < 2 ** Number(limit)) {
        // With another factor the kernel is about to enlarge it.
        if (Number(factor) <= 0) return
        const name = LOAD_FACTOR.replaceAll('/', '.')
        yield { problem, evidence: `${evidence}; ${name} = ${factor}`, fix: `sysctl -w ${name}=0` }
        return
      }
      const bits = Math.min(factor === undefined ? 20 : 27, Math.ceil(Math.log2(connections.total)))
      if (2 ** bits <= buckets) return
      yield {
        problem,
        evidence,
        fix: `add to the files of /etc/modprobe.d the line "options ip_vs conn_tab_bits=${bits}", which takes effect when ip_vs is next loaded`,
        manual: true,
      }
    },
  },
]

/** Each scheduler in a rule file, with the first line that names it. */
function schedulersOf(text: string): Map<string, number> {
  const schedulers = new Map<string, number>()
  for (const { number, words } of ruleLines(text)) {
    const scheduler = schedulerOf(words)
    if (scheduler === undefined || schedulers.has(scheduler)) continue
    if (/^[a-z0-9_]+$/.test(scheduler)) schedulers.set(scheduler, number)
  }
  return schedulers
}

/** Undefined for a line without a scheduler or one that the grammar refuses. */
function schedulerOf(words: readonly string[]): string | undefined {
  const options = new Popt(words, CLASSIC_INDEX)
  let scheduler: string | undefined
  try {
    while (options.next()) if (options.spec.long === 'scheduler') scheduler = options.value
  } catch (error) {
    if (!(error instanceof PoptError)) throw error
    return undefined
  }
  return scheduler
}

/** Whether a scheduler is in use or its module is loaded, built in, or can be loaded; true if unknown. */
function hasScheduler({ file, table }: Facts, scheduler: string): boolean {
  if (table.some(({ service }) => service.config.scheduler === scheduler)) return true
  const name = `ip_vs_${scheduler}`
  if (new RegExp(`^${name} `, 'm').test(file('/proc/modules') ?? '')) return true
  const folder = `/lib/modules/${(file('/proc/sys/kernel/osrelease') ?? '').trim()}`
  const available = file(`${folder}/modules.dep`)
  if (available === undefined) return true
  return [available, file(`${folder}/modules.builtin`)].some((list) => list?.includes(`/${name}.ko`))
}
