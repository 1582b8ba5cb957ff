// The parts of a listing that may have a colour. The colours are in colour.ts.
import type { Destination } from '../model/destination.ts'

/** `draining`: its weight is 0. `overloaded`: it has as many connections as its upper threshold allows, or more. */
export type ServerState = 'draining' | 'overloaded'

/** Adds nothing but escapes to text. */
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

/** As the kernel counts for its thresholds: connections of any state (ip_vs_dest_totalconns). */
export function serverState({ config, observed }: Destination): ServerState | undefined {
  const connections = observed.activeConnections + observed.inactiveConnections
  if (config.upperThreshold > 0 && connections >= config.upperThreshold) return 'overloaded'
  return config.weight === 0 ? 'draining' : undefined
}
