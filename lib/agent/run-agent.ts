// The life of an agent: from its configuration to the signal that ends it.
import { describeInLine } from '../output/messages.ts'
import type { Interruption } from '../system/system.ts'
import { Agent, type AgentOptions } from './agent.ts'
import type { AgentConfig } from './config/config.ts'
import { openRules } from './rules-origin.ts'

/** Runs an agent until a signal ends it; SIGHUP has it reload. Resolves with the problems that keep it from starting. */
export async function runAgent(
  config: AgentConfig,
  options: AgentOptions,
): Promise<{ readonly problems: readonly string[] } | undefined> {
  const { system } = options
  let reload: (() => void) | undefined
  // A signal may come before the agent runs.
  let reloadDue = false
  let endSignals: (() => void) | undefined
  const ended = new Promise<Interruption>((resolve) => {
    endSignals = system.onInterrupt?.((signal) => {
      if (signal !== 'SIGHUP') resolve(signal)
      else if (reload === undefined) reloadDue = true
      else reload()
    })
  })
  try {
    const opened = await openRules(config.rules, options)
    if ('problems' in opened) return opened
    // Names in the rules may take long to look up.
    const read = await Promise.race([opened.read(), ended])
    if (typeof read === 'string') return undefined
    if (read !== undefined && 'problems' in read) return read
    const agent = new Agent(config, read?.rules, opened.origin, options)
    try {
      await agent.start()
    } catch (error) {
      return { problems: [`the control socket cannot be opened: ${describeInLine(error as Error)}`] }
    }
    reload = () => void agent.reload()
    if (reloadDue) reload()
    await agent.stop(await ended)
    return undefined
  } finally {
    endSignals?.()
  }
}
