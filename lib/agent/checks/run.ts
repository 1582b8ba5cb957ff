// The check of each kind of plan.
import { checkAgent } from './agent.ts'
import type { Check, CheckResult } from './check.ts'
import { checkDns } from './dns.ts'
import { checkExec } from './exec.ts'
import { checkHttp } from './http.ts'
import { checkTcp } from './tcp.ts'
import { checkUdp } from './udp.ts'

/** Services by firewall mark have servers without a port. */
const NO_PORT: CheckResult = {
  up: false,
  detail: 'the server has no port, nor does its check: set check.port',
  ms: 0,
  inconclusive: true,
}

export const runCheck: Check = async (target, plan, signal) => {
  if (target.port === 0 && plan.kind !== 'exec') return NO_PORT
  switch (plan.kind) {
    case 'tcp':
      return checkTcp(target, plan, signal)
    case 'http':
    case 'https':
      return checkHttp(target, plan, signal)
    case 'udp':
      return checkUdp(target, plan, signal)
    case 'dns':
      return checkDns(target, plan, signal)
    case 'exec':
      return checkExec(target, plan, signal)
    case 'agent':
      return checkAgent(target, plan, signal)
  }
}
