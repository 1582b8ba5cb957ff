// The entry that an IPVS request names, by the names of a snapshot: `tcp 192.0.2.1:80`, `tcp 192.0.2.1:80 198.51.100.1:80`.

import { Attributes, COMMAND_POLICY } from './attributes.ts'
import { GENL_HEADER, Refusal, TOP } from './constants.ts'
import { type Abilities, readDestination, readService } from './requests.ts'
import { destinationId, serviceId, type Tables } from './tables.ts'

/** Empty for a request that names none, or badly. */
export function subjectOf(payload: Uint8Array, tables: Tables, abilities: Abilities): string {
  try {
    const top = new Attributes(payload.subarray(GENL_HEADER), COMMAND_POLICY)
    if (!top.has(TOP.SERVICE)) return ''
    const { key } = readService(top, tables)
    const service = serviceId(key)
    if (!top.has(TOP.DEST)) return service
    return `${service} ${destinationId(readDestination(top, key.af, false, abilities).key)}`
  } catch (error) {
    if (error instanceof Refusal) return ''
    throw error
  }
}
