// Tells a running agent that a server was set by hand: if the server had these settings already, such as the weight 0 of one
// that is down, the table alone does not show it.
import { type DestinationId, destinationKey } from '../model/destination.ts'
import { type ServiceId, serviceKey } from '../model/service.ts'
import type { System } from '../system/system.ts'

/** The agent's control socket, where its configuration names no other. */
export const AGENT_SOCKET = '/run/ipvsadm/agent.sock'

/** The file that identifies the network namespace: the agent is told of changes of its own table alone. */
const OWN_NAMESPACE = '/proc/self/ns/net'

export interface SetByHand {
  readonly request: 'set-by-hand'
  /** `serviceKey`. */
  readonly service: string
  /** `destinationKey`. */
  readonly server: string
  readonly weight: number
  /** The inode of the network namespace. */
  readonly namespace: number | undefined
}

/** Returns when the agent has taken note, or at once if none runs. */
export async function tellAgent(
  system: System,
  service: ServiceId,
  server: DestinationId,
  weight: number,
): Promise<void> {
  const message: SetByHand = {
    request: 'set-by-hand',
    service: serviceKey(service),
    server: destinationKey(server),
    weight,
    namespace: ownNamespace(system),
  }
  await system.sendLine?.(AGENT_SOCKET, JSON.stringify(message))
}

/** The inode of the process's network namespace; undefined where there is no /proc. */
export function ownNamespace({ namespaces }: System): number | undefined {
  try {
    return namespaces?.inode(OWN_NAMESPACE)
  } catch {
    return undefined
  }
}
