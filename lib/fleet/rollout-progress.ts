// Shows the progress of a rollout until it has ended. It goes on without: the agents carry it.
import type { CommandOutcome } from '../commands/command-outcome.ts'
import { visible } from '../output/visible.ts'
import type { System } from '../system/system.ts'
import type { Fleet } from './fleet.ts'
import { type FleetTime, Follower } from './follow.ts'
import { type GroupState, groupState } from './group-state.ts'

/** Real time; `Date` may jump. */
export const systemTime: FleetTime = {
  now: () => performance.now(),
  timer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** Resolves when the rollout has ended, another has taken its place, or a signal ends the watching. */
export function watchRollout(
  group: string,
  revision: number,
  fleet: Fleet,
  system: System,
): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    let said = ''
    const say = (text: string) => {
      if (text !== said) system.writeOutput(`${group}: ${text}\n`)
      said = text
    }
    const follower = new Follower({
      store: fleet.store,
      prefix: fleet.keys.group(group),
      time: systemTime,
      changed: (entries) => {
        try {
          const outcome = progress(groupState(entries, group, fleet.keys), revision, say)
          if (outcome !== undefined) end(outcome)
        } catch (error) {
          follower.stop()
          reject(error)
        }
      },
    })
    const endSignals = system.onInterrupt?.((signal) => {
      system.writeError('fleet: the rollout goes on; fleet status --watch shows it\n')
      end(signal)
    })
    const end = (outcome: CommandOutcome) => {
      follower.stop()
      endSignals?.()
      resolve(outcome)
    }
    follower.start()
  })
}

/** The outcome, when there is one. */
function progress(
  { current, rollout }: GroupState,
  revision: number,
  say: (text: string) => void,
): CommandOutcome | undefined {
  if (current?.revision !== revision || rollout === undefined) {
    say(`revision ${current?.revision} has taken the place of revision ${revision}`)
    return 'found'
  }
  const { state, wave, waves, from, reason = '' } = rollout
  switch (state) {
    case 'running':
      say(`wave ${wave + 1} of ${waves.length}: ${waves[wave]?.join(', ')}`)
      return undefined
    case 'done':
      say(`revision ${revision} is rolled out`)
      return 'done'
    case 'failed':
      say(`revision ${revision} failed: ${visible(reason, 300)}; all go back to revision ${from.revision}`)
      return 'found'
  }
}
