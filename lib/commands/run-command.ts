// THE dispatcher: which operation a classic command is. Each is loaded when it is used.
import type { Command } from '../grammar/command.ts'
import type { Parsed } from '../grammar/read-command.ts'
import { IpvsClient } from '../ipvs/client.ts'
import type { GenericConnection } from '../netlink/generic-connection.ts'
import type { SystemError } from '../system/files.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

/** Runs a command on a connection with ip_vs, and closes it. */
export async function runParsed(
  parsed: Parsed,
  connection: GenericConnection,
  system: System,
): Promise<CommandOutcome> {
  const client = await IpvsClient.on(connection)
  system.trace?.('the kernel has answered')
  try {
    // Like the reference, reports that ip_vs is missing, or may not be used, before it reports wrong words.
    if ('error' in parsed) throw parsed.error
    return await runCommand(parsed.value, client, system)
  } finally {
    client.close()
    system.trace?.('the command is done')
  }
}

/** Runs a command on an open client. Writes output in large chunks as it is produced. Throws on failure. */
async function runCommand(command: Command, client: IpvsClient, system: System): Promise<CommandOutcome> {
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
      return await restoreLines(readCommands(system), client, system, runCommand)
    }
    default:
      await (await import('./make-change.ts')).makeChange(command, client, system)
  }
  return 'done'
}

/** The rule lines on stdin. Like the original, reads nothing where it is closed. */
function readCommands(system: System): Uint8Array {
  try {
    return system.readInput()
  } catch (error) {
    if ((error as SystemError).code === 'EBADF') return new Uint8Array()
    throw error
  }
}
