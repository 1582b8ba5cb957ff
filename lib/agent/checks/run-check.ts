// The check of each kind of plan.
import { checkAgent } from './agent-check.ts'
import { checkDns } from './dns-check.ts'
import { checkExec } from './exec-check.ts'
import type { CheckResult, HealthCheck } from './health-check.ts'
import { checkHttp } from './http-check.ts'
import { checkTcp } from './tcp-check.ts'
import { checkUdp } from './udp-check.ts'

/** Services by firewall mark have servers without a port. */
const NO_PORT: CheckResult = {
  up: false,
  detail: 'the server has no port, nor does its check: set check.port',
  ms: 0,
  inconclusive: true,
}

export const runCheck: HealthCheck = async (target, plan, signal) => {
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
