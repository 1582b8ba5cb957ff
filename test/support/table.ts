// Tables for tests, from the rules that make them.
import { parse } from '../../lib/grammar/parse.ts'
import type { Destination } from '../../lib/model/destination.ts'
import { serviceKey } from '../../lib/model/service.ts'
import { NO_STATS } from '../../lib/model/stats.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { ruleLines } from '../../lib/rules/split-lines.ts'

const NO_NAMES = { host: () => null, port: () => undefined }

/** The table that `-A` and `-a` lines make, in their order, with nothing observed yet. */
export function tableOf(rules: string): VirtualService[] {
  const table = new Map<string, { service: VirtualService['service']; destinations: Destination[] }>()
  for (const { words, text } of ruleLines(rules)) {
    const command = parse(words, NO_NAMES)
    if (command.kind === 'add-service') {
      const service = { id: command.service, config: command.config, observed: { stats: NO_STATS } }
      table.set(serviceKey(command.service), { service, destinations: [] })
    } else if (command.kind === 'add-server') {
      table.get(serviceKey(command.service))!.destinations.push({
        id: command.server,
        config: command.config,
        observed: {
          activeConnections: 0,
          inactiveConnections: 0,
          persistentConnections: 0,
          stats: NO_STATS,
        },
      })
    } else throw new Error(`makes nothing: ${text}`)
  }
  return [...table.values()]
}
