// `/api/health`: the health of the real servers as JSON. docs/json.md and docs/ipvsadm.schema.json describe it.
import { DESTINATION, SERVICE } from '../ipvs/schema.ts'
import { serverKey } from '../metrics/health.ts'
import type { Observation } from '../metrics/observation.ts'
import { inChunks } from '../output/chunks.ts'
import { listed, openDocument, pick } from '../output/listing-json.ts'

/** An empty list if nothing checks the servers. */
export function formatHealthJson(observation: Observation): Generator<string, void, undefined> {
  return inChunks(listed(`${openDocument({})},"health":[`, entries(observation)))
}

function* entries({ table, health }: Observation): Generator<object, void, undefined> {
  for (const { service, destinations } of table) {
    for (const { id } of destinations) {
      const state = health?.get(serverKey(service.id, id))
      if (state === undefined) continue
      const { status, since, check } = state
      yield {
        service: pick(SERVICE.schema.id, service.id),
        server: pick(DESTINATION.schema.id, id),
        status,
        since: since.toISOString(),
        ...(check !== undefined && { check: { ...check, at: check.at.toISOString() } }),
      }
    }
  }
}
