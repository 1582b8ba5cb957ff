// The entries of the configuration that count for a service or a server. Pure.
import { type DestinationId, destinationKey } from '../../model/destination.ts'
import { type ServiceId, serviceKey } from '../../model/service.ts'
import { inScope } from '../../reconcile/scope.ts'
import type { AgentConfig, CheckPlan, Policy } from './config.ts'

export function policyFor({ scopes, defaults }: AgentConfig, service: ServiceId): Policy {
  return scopes.find(({ scope }) => inScope(service, scope))?.policy ?? defaults.policy
}

export function checkFor(
  { servers, scopes, defaults }: AgentConfig,
  service: ServiceId,
  server: DestinationId,
): CheckPlan {
  const own = servers.find(
    (entry) =>
      (entry.service === undefined || serviceKey(entry.service) === serviceKey(service)) &&
      destinationKey(entry.server) === destinationKey(server),
  )
  return own?.check ?? scopes.find(({ scope }) => inScope(service, scope))?.check ?? defaults.check
}
