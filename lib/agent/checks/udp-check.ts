// `udp`: sends a datagram. ICMP "port unreachable" is a failure; where an answer is expected, so is its absence.
import type { UdpPlan } from '../config/config.ts'
import { down, runUntil, up } from './check-result.ts'
import { sendDatagram } from './datagram.ts'
import type { HealthCheck } from './health-check.ts'

export const checkUdp: HealthCheck<UdpPlan> = (target, plan, signal) => {
  const { send, expect } = plan
  let others = 0
  return runUntil(
    signal,
    (finish) => {
      const receive = (message: Uint8Array) => {
        if (expect === undefined) return finish(up('answered'))
        if (expect.test(Buffer.from(message).toString('latin1'))) return finish(up('the answer matches'))
        others++
      }
      return sendDatagram(target, plan, send, receive, finish)
    },
    () => {
      if (expect === undefined) return up('not refused')
      return down(others === 0 ? 'timed out: no answer' : `${expect} is not in the answer`)
    },
  )
}
