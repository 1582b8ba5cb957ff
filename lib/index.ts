// The library: IPVS for Node. See docs/library.md.
import { IpvsClient, type OpenOptions } from './ipvs/client.ts'
import { nodeSystem } from './system/node/system.ts'

export { type Connection, isTemplate, parseConnection } from './ipvs/connection-list.ts'
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
export { IpvsClient, type OpenOptions }

/**
 * Opens a conversation with ip_vs in the process's network namespace; loads the module if it is missing.
 * Close it when done. Rejects with an UnavailableError when there is no ip_vs or no permission.
 */
export async function connect(): Promise<IpvsClient> {
  return await IpvsClient.open({
    transport: await nodeSystem.transport(),
    loadModule: () => nodeSystem.loadModule(),
    privileged: nodeSystem.privileged,
  })
}
