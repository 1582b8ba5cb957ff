// THE dispatcher: which operation a classic command is. Each is loaded when it is used.
import type { Command } from '../grammar/command.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

/** Runs a command on an open client. Writes output in large chunks as it is produced. Throws on failure. */
export async function runCommand(
  command: Command,
  client: IpvsClient,
  system: System,
): Promise<CommandOutcome> {
  switch (command.kind) {
    case 'list-table':
      await (await import('./list.ts')).listTable(command, client, system)
      break
    case 'list-timeouts':
      await (await import('./list.ts')).listTimeouts(command.format, client, system)
      break
    case 'list-daemons':
      await (await import('./list.ts')).listDaemons(command.format, client, system)
      break
    case 'list-connections':
      await (await import('./list-connections.ts')).listConnections(command, client, system)
      break
    case 'save':
      await (await import('./save.ts')).save(command, client, system)
      break
    case 'help':
    case 'version':
      await (await import('./show-usage.ts')).showUsage(command.kind, system)
      break
    case 'restore': {
      const { restoreLines } = await import('./restore-lines.ts')
      return await restoreLines(system.readInputBytes(), client, system, runCommand)
    }
    default:
      await (await import('./make-change.ts')).makeChange(command, client, system)
  }
  return 'done'
}
