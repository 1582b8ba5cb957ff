// `/api/health`: the health of the real servers as JSON. docs/json.md and docs/ipvsadm.schema.json describe it.
import { DESTINATION, SERVICE } from '../ipvs/schema.ts'
import { checkedServers, type Observation } from '../metrics/observation.ts'
import { inChunks } from '../output/chunks.ts'
import { listed, openDocument, pick } from '../output/listing-json.ts'

/** An empty list if nothing checks the servers. */
export function formatHealthJson(observation: Observation): Generator<string, void, undefined> {
  return inChunks(listed(`${openDocument({})},"health":[`, entries(observation)))
}

function* entries(observation: Observation): Generator<object, void, undefined> {
  for (const { service, server, health } of checkedServers(observation)) {
    const { status, since, check } = health
    yield {
      service: pick(SERVICE.schema.id, service),
      server: pick(DESTINATION.schema.id, server),
      status,
      since: since.toISOString(),
      ...(check !== undefined && { check: { ...check, at: check.at.toISOString() } }),
    }
  }
}
