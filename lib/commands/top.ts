// `ipvsadm top`: the live view. Reads only, and only on a terminal.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import {
  CONNECTION_LIST,
  type Connection,
  connectionLines,
  parseConnection,
} from '../ipvs/connection-list.ts'
import { openClient } from '../ipvs/open-client.ts'
import { SERVER_LIST, ServerList } from '../ipvs/server-list.ts'
import { connectionsOf } from '../ipvs/service-connections.ts'
import { decodeText } from '../model/bytes.ts'
import { UsageError } from '../model/errors.ts'
import { type Service, serviceKey } from '../model/service.ts'
import { cursorTerminal } from '../system/cursor-terminal.ts'
import type { System } from '../system/system.ts'
import type { SampleSource } from '../top/show.ts'
import { nextToRead } from '../top/tracks.ts'
import type { CommandOutcome } from './command-outcome.ts'

/** Seconds. */
const INTERVALS = { lowest: 0.1, highest: 86400 } as const

export async function run({ interval }: OptionValues, system: System): Promise<CommandOutcome> {
  if (cursorTerminal(system) === undefined) throw noTerminal(system)
  const seconds = Number(interval)
  const { lowest, highest } = INTERVALS
  if (!(seconds >= lowest && seconds <= highest)) {
    const wanted = `must be a number from ${lowest} to ${highest}`
    throw new UsageError(`top: invalid interval \`${interval}': ${wanted}`)
  }
  const client = await openClient(system)
  try {
    const { show } = await import('../top/show.ts')
    const end = await show(sourceOf(client, system), seconds * 1000, system)
    if (end === 'no-terminal') throw noTerminal(system)
    return end === 'quit' ? 'done' : end
  } finally {
    client.close()
  }
}

const noTerminal = ({ env }: System) =>
  new UsageError(`top needs a terminal${env.TERM === 'dumb' ? ' with a cursor; TERM is dumb' : ''}`)

function sourceOf(client: IpvsClient, system: System): SampleSource {
  let turn = 0
  const known = new Set<string>()
  const serverList = new ServerList()
  return {
    async sample(attention, detailed) {
      const services = await client.services()
      const short = services.length <= MOST_LISTED
      const destinations = new Map(short ? listedServers(serverList, system) : [])
      const ids = services
        .map(({ id }) => id)
        .filter((id) => !destinations.has(serviceKey(id)) || attention.unfolded.has(serviceKey(id)))
      for (const id of nextToRead(ids, attention, known, turn++)) {
        const key = serviceKey(id)
        // Counters of servers are shown only of unfolded services.
        const stats = attention.unfolded.has(key)
        destinations.set(key, await client.destinations(id, { stats }))
        known.add(key)
      }
      const service = services.find(({ id }) => serviceKey(id) === detailed)
      const connections = service === undefined ? [] : await readConnections(service, client, system)
      return { services, destinations, connections }
    },
  }
}

/** The maximum number of services for which the list of all servers is read, which a large table makes long. */
const MOST_LISTED = 200

/** No servers if the list cannot be read. */
function listedServers(list: ServerList, system: System): ReturnType<ServerList['read']> {
  let bytes: Uint8Array
  try {
    bytes = system.readFile(SERVER_LIST)
  } catch {
    return new Map()
  }
  return list.read(decodeText(bytes))
}

/** The maximum number of connections kept: more than a screen shows. */
const MOST_CONNECTIONS = 1000

async function readConnections({ id }: Service, client: IpvsClient, system: System): Promise<Connection[]> {
  const belongs = await connectionsOf(id, client)
  const found: Connection[] = []
  for (const line of connectionLines(system.readChunks(CONNECTION_LIST))) {
    if (belongs(line) && found.push(parseConnection(line)) === MOST_CONNECTIONS) break
  }
  return found
}
