// The life of an agent: from its configuration to the signal that ends it.
import { describe } from '../output/messages.ts'
import { Agent, type AgentOptions } from './agent.ts'
import type { AgentConfig } from './config/config.ts'
import { openRules } from './rules-origin.ts'

/** Runs an agent until a signal ends it; SIGHUP has it reload. Resolves with the problems that keep it from starting. */
export async function runAgent(
  config: AgentConfig,
  options: AgentOptions,
): Promise<{ readonly problems: readonly string[] } | undefined> {
  const { system } = options
  const opened = await openRules(config.rules, options)
  if ('problems' in opened) return opened
  const read = await opened.read()
  if (read !== undefined && 'problems' in read) return read
  const agent = new Agent(config, read?.rules, opened.origin, options)
  try {
    await agent.start()
  } catch (error) {
    return { problems: [`the control socket cannot be opened: ${describe(error as Error)}`] }
  }
  await new Promise<void>((resolve) => {
    const endSignals = system.onInterrupt?.((signal) => {
      if (signal === 'SIGHUP') return void agent.reload()
      void agent.stop(signal).then(() => {
        endSignals?.()
        resolve()
      })
    })
  })
  return undefined
}
