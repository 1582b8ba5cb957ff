// The sending of a turn's steps, while no other restore makes changes.
import type { IpvsClient } from '../ipvs/client.ts'
import { type Sent, sendSteps } from '../reconcile/send-steps.ts'
import type { PlanStep } from '../reconcile/step-list.ts'
import type { LoopOptions } from './loop-options.ts'

export async function sendLocked(
  steps: readonly PlanStep[],
  client: IpvsClient,
  { clock, log, lock, counters }: LoopOptions,
): Promise<Sent | 'locked'> {
  const locked = await lock()
  if ('holder' in locked) {
    log('warning', 'table-locked', { holder: locked.holder })
    counters?.locked()
    return 'locked'
  }
  const start = clock.now()
  let sent: Sent
  try {
    sent = await sendSteps(steps, client, { keepGoing: true }, [])
  } finally {
    locked.lock.release()
  }
  counters?.sent(sent)
  const changes = sent.made.length
  if (changes > 0) log('info', 'table-changed', { changes, ms: Math.round(clock.now() - start) })
  return sent
}
