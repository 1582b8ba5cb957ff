// The life of an agent: from the first reading of the rules to the signal that ends it.
import { describeInLine } from '../output/messages.ts'
import type { Interruption } from '../system/system.ts'
import { Agent, type AgentOptions } from './agent.ts'
import type { AgentConfig } from './config/config.ts'
import { readRules } from './rules-watch.ts'

/** Runs an agent until a signal ends it; SIGHUP has it reload. Resolves with the problems that keep it from starting. */
export async function runAgent(
  config: AgentConfig,
  options: AgentOptions,
): Promise<{ readonly problems: readonly string[] } | undefined> {
  const { system, files } = options
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
    // Names in the rules may take long to look up.
    const rules = await Promise.race([readRules(config.rules.file, system, files), ended])
    if (typeof rules === 'string') return undefined
    if ('problems' in rules) return rules
    const agent = new Agent(config, rules.rules, options)
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
