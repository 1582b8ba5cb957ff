// The parts of a listing that can be coloured. The colours are in colour.ts.
import type { Destination } from '../model/destination.ts'

/** `draining`: its weight is 0. `overloaded`: its connections have reached its upper threshold. */
export type ServerState = 'draining' | 'overloaded'

/** Adds only escapes to text. */
export interface Painter {
  title(text: string): string
  service(text: string): string
  /** A real server's values. */
  state(text: string, state?: ServerState): string
  /** `address:port` */
  endpoint(text: string, state?: ServerState): string
}

export const PLAIN: Painter = {
  title: (text) => text,
  service: (text) => text,
  state: (text) => text,
  endpoint: (text) => text,
}

/** The kernel's count for thresholds: connections in any state (ip_vs_dest_totalconns). */
export function serverState({ config, observed }: Destination): ServerState | undefined {
  const connections = observed.activeConnections + observed.inactiveConnections
  if (config.upperThreshold > 0 && connections >= config.upperThreshold) return 'overloaded'
  return config.weight === 0 ? 'draining' : undefined
}
