// The key of a real server among those of all services.
import { type DestinationId, destinationKey } from './destination.ts'
import { type ServiceId, serviceKey } from './service.ts'

export function serverKey(service: ServiceId, server: DestinationId): string {
  return `${serviceKey(service)} ${destinationKey(server)}`
}

/** The `serviceKey` and the `destinationKey` in a `serverKey`; each key of a service has three words. */
export function keysOf(serverKey: string): { readonly service: string; readonly server: string } {
  let blank = -1
  for (let word = 0; word < 3; word++) blank = serverKey.indexOf(' ', blank + 1)
  return { service: serverKey.slice(0, blank), server: serverKey.slice(blank + 1) }
}
