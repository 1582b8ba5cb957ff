// A command with `--keep` and the entry to edit → the edit.
import type { Change } from '../model/change.ts'
import type { Destination } from '../model/destination.ts'
import { patchServer, patchService } from '../model/patch.ts'
import type { ServiceConfiguration } from '../model/service.ts'
import type { KeepServer, KeepService } from './command.ts'
import { patched } from './refusals.ts'

/** Throws a UsageError when the command does not fit the service. */
export function serviceEdit({ service, patch, raw }: KeepService, old: ServiceConfiguration): Change {
  return { kind: 'edit-service', service, config: patched(patchService(service, patch, old, raw)) }
}

/** Throws a UsageError when the command does not fit the server. */
export function serverEdit(
  { service, patch, raw }: KeepServer,
  { id, config }: Pick<Destination, 'id' | 'config'>,
): Change {
  return {
    kind: 'edit-server',
    service,
    server: id,
    config: patched(patchServer(service, id, patch, config, raw)),
  }
}

/** The real server of the command: that with the given port, or with the service's. */
export function findServer<T extends Pick<Destination, 'id'>>(
  { server, coerced }: KeepServer,
  servers: Iterable<T>,
): T | undefined {
  const all = [...servers]
  for (const wanted of [server, coerced]) {
    const found = all.find(({ id }) => id.address === wanted.address && id.port === wanted.port)
    if (found !== undefined) return found
  }
  return undefined
}
