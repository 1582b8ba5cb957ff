// `ipvsadm top`: the live view. Reads only, and only on a terminal.

import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { IpvsClient } from '../ipvs/client.ts'
import {
  CONNECTION_LIST,
  type Connection,
  connectionLines,
  parseConnection,
} from '../ipvs/connection-list.ts'
import { connectionsOf } from '../ipvs/service-connections.ts'
import type { Destination } from '../model/destination.ts'
import { UsageError } from '../model/errors.ts'
import { type Service, serviceKey } from '../model/service.ts'
import type { System } from '../system/system.ts'
import type { Source } from '../top/screen.ts'
import { nextToRead } from '../top/tracks.ts'
import type { CommandOutcome } from './command-outcome.ts'

export async function run({ interval }: OptionValues, system: System): Promise<CommandOutcome> {
  if (system.outputTerminal?.() === undefined) throw new UsageError('top needs a terminal')
  if (!(Number(interval) >= 0.1)) throw new UsageError(`invalid interval \`${interval}'`)
  const client = await IpvsClient.open({
    transport: await system.transport(),
    loadModule: () => system.loadModule(),
    privileged: system.privileged,
  })
  try {
    const { show } = await import('../top/screen.ts')
    await show(sourceOf(client, system), Number(interval) * 1000)
  } finally {
    client.close()
  }
  return 'done'
}

function sourceOf(client: IpvsClient, system: System): Source {
  let turn = 0
  return {
    async sample(shown, detailed) {
      const services = await client.services()
      const destinations = new Map<string, readonly Destination[]>()
      const ids = services.map(({ id }) => id)
      for (const id of nextToRead(ids, shown, turn++)) {
        destinations.set(serviceKey(id), await client.destinations(id))
      }
      const service = services.find(({ id }) => serviceKey(id) === detailed)
      const connections = service === undefined ? [] : await readConnections(service, client, system)
      return { services, destinations, connections }
    },
  }
}

/** At most this many are kept: no screen shows more. */
const MOST_CONNECTIONS = 1000

async function readConnections({ id }: Service, client: IpvsClient, system: System): Promise<Connection[]> {
  const belongs = await connectionsOf(id, client)
  const found: Connection[] = []
  for (const line of connectionLines(system.readChunks(CONNECTION_LIST))) {
    if (belongs(line) && found.push(parseConnection(line)) === MOST_CONNECTIONS) break
  }
  return found
}
