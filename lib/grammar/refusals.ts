// Messages for refused values, for broken rules and for patches that do not fit, in the original's words if it has them.
import { UsageError } from '../model/errors.ts'
import type { Rule } from '../model/legality.ts'
import type { Patched, PatchProblem } from '../model/patch.ts'
import type { FlagProblem } from '../model/scheduler-flags.ts'

export function refuse(message: string): never {
  throw new UsageError(message)
}

/** The original's messages, for rules that a command line can break. */
export const RULES: Readonly<Record<Rule, string>> = {
  'reserved-flag': 'the flag 0x2 is reserved by the kernel',
  'wildcard-port': 'Zero port specified for non-persistent service',
  'one-packet': 'One-Packet Scheduling is only for UDP virtual services',
  timeout: 'persistence must be from 1 to 2678400 seconds',
  family: 'Different address family is allowed only for tunneling servers',
  'tunnel-port': "You need to supply the 'tun-port' option for the 'gue' tunnel type",
  port: 'a server that is reached by direct routing or a tunnel has the port of its service',
  threshold: 'a threshold must be from 0 to 2147483647',
  checksum: 'a tunnel has either csum or remcsum',
}

/** Throws a UsageError if a rule is broken. */
export function checkRule(rule: Rule | undefined): void {
  if (rule !== undefined) refuse(RULES[rule])
}

export const flagRefusal = ({ kind, name }: FlagProblem) => `${kind} scheduler flag \`${name}'`

const CHECKSUM_OPTIONS = ['tun-nocsum', 'tun-csum', 'tun-remcsum']

function patchRefusal(problem: PatchProblem): string {
  switch (problem.kind) {
    case 'rule':
      return RULES[problem.rule]
    case 'flag':
      return flagRefusal(problem.flag)
    case 'no-tunnel':
      return 'Tunnel options conflict with forward method'
    case 'tunnel-setting': {
      const { tunnelType, tunnelFlags } = problem.config
      const option = problem.setting === 'port' ? 'tun-port' : CHECKSUM_OPTIONS[tunnelFlags]
      return `Illegal '${option}' option with the '${tunnelType}' tunnel type`
    }
  }
}

/** The configuration of an entry with a patch. Throws a UsageError when the patch does not fit the entry. */
export function patched<C>(result: Patched<C>): C {
  return 'config' in result ? result.config : refuse(patchRefusal(result.problem))
}
