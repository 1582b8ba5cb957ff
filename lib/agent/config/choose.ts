// The part of the configuration that counts for a service or a server: the first entry that is about it.
import { type DestinationId, destinationKey } from '../../model/destination.ts'
import { type ServiceId, serviceKey } from '../../model/service.ts'
import { inScope } from '../../reconcile/scope.ts'
import type { AgentConfig, CheckPlan, Policy, ScopeEntry, ServiceEntry } from './config.ts'

export function checkOf(config: AgentConfig, service: ServiceId, server: DestinationId): CheckPlan {
  const key = serviceKey(service)
  const entry = config.servers.find(
    (entry) =>
      destinationKey(entry.server) === destinationKey(server) &&
      (entry.service === undefined || serviceKey(entry.service) === key),
  )
  return entry?.check ?? entryOf(config, service).check
}

export function policyOf(config: AgentConfig, service: ServiceId): Policy {
  return entryOf(config, service).policy
}

function entryOf(
  config: AgentConfig,
  service: ServiceId,
): Pick<ServiceEntry | ScopeEntry, 'check' | 'policy'> {
  const key = serviceKey(service)
  return (
    config.services.find((entry) => serviceKey(entry.service) === key) ??
    config.scopes.find(({ scope }) => inScope(service, scope)) ??
    config.defaults
  )
}
