// The library's public API: IPVS for Node.js. See docs/library.md.
import { CONNECTION_LIST } from './ipvs/connection-list.ts'
import { LibraryClient, type LibraryOptions } from './library/library-client.ts'
import { nodeSystem } from './system/node/system.ts'

export type { CallOptions, ReadOptions } from './ipvs/client.ts'
export { type Connection, isTemplate, parseConnection } from './ipvs/connection-list.ts'
export {
  type AddOptions,
  type ConnectionOptions,
  LibraryClient as IpvsClient,
  type LibraryOptions as OpenOptions,
} from './library/library-client.ts'
export { changesBetween, type TableReading, type WatchOptions, watch } from './library/watch.ts'
export { type Address, type Family, familyOf, parseAddress } from './model/address.ts'
export type { Change } from './model/change.ts'
export { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from './model/defaults.ts'
export type * from './model/destination.ts'
export { destinationKey } from './model/destination.ts'
export type * from './model/director.ts'
export {
  DecodeError,
  KernelError,
  TransportError,
  UnavailableError,
} from './model/errors.ts'
export { SVC_F, TUNNEL_FLAG } from './model/flags.ts'
export { hostNetmask, type Netmask, netmaskFromAddress, netmaskFromPrefix } from './model/netmask.ts'
export type * from './model/service.ts'
export { isFwmark, serviceKey } from './model/service.ts'
export type { Stats } from './model/stats.ts'
export type { VirtualService } from './model/virtual-service.ts'
export type { Transport } from './netlink/transport.ts'

export interface ConnectOptions extends Pick<LibraryOptions, 'answerTimeout'> {
  /** Aborts the opening. */
  readonly signal?: AbortSignal
  /** Whether to load ip_vs when the kernel does not have it. Default: true. */
  readonly loadModule?: boolean
  /** The network namespace's name. Node.js cannot change namespaces: any name is an error that says what to do. */
  readonly netns?: string
}

/**
 * Opens a connection with ip_vs in the process's network namespace; loads the module if it is missing.
 * Close it when done. Rejects with an UnavailableError when there is no ip_vs or no permission.
 */
export async function connect({
  signal,
  loadModule = true,
  netns,
  answerTimeout,
}: ConnectOptions = {}): Promise<LibraryClient> {
  signal?.throwIfAborted()
  if (netns !== undefined) {
    throw new TypeError(
      `Node.js cannot change its network namespace; start the process in it: ip netns exec ${netns} node …`,
    )
  }
  const client = await LibraryClient.open({
    transport: await nodeSystem.transport(),
    privileged: nodeSystem.privileged,
    readConnections: () => nodeSystem.readChunks(CONNECTION_LIST),
    ...(loadModule && { loadModule: () => nodeSystem.loadModule() }),
    ...(answerTimeout !== undefined && { answerTimeout }),
  })
  if (signal?.aborted) {
    client.close()
    throw signal.reason
  }
  return client
}
