// The check of each kind of plan.
import { checkAgent } from './agent.ts'
import type { Check } from './check.ts'
import { checkDns } from './dns.ts'
import { checkExec } from './exec.ts'
import { checkHttp } from './http.ts'
import { checkTcp } from './tcp.ts'
import { checkUdp } from './udp.ts'

export const runCheck: Check = (target, plan, signal) => {
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
