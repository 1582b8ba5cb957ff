// `udp`: sends a datagram. ICMP "port unreachable" is a failure; where an answer is expected, so is its absence.
import type { UdpPlan } from '../config/config.ts'
import { down, runUntil, up } from './check-result.ts'
import { sendDatagram } from './datagram.ts'
import type { HealthCheck } from './health-check.ts'
import { givenUp, isIn } from './search.ts'

export const checkUdp: HealthCheck<UdpPlan> = (target, plan, signal) => {
  const { send, expect } = plan
  let others = 0
  return runUntil(
    signal,
    (finish) => {
      const receive = (message: Uint8Array) => {
        if (expect === undefined) return finish(up('answered'))
        const found = isIn(Buffer.from(message).toString('latin1'), expect)
        if (found === undefined) finish(givenUp(expect))
        else if (found) finish(up('the answer matches'))
        else others++
      }
      return sendDatagram(target, plan, send, receive, finish)
    },
    () => {
      if (expect === undefined) return up('not refused')
      return down(others === 0 ? 'timed out: no answer' : `${expect} is not in the answer`)
    },
  )
}
