// Names of hosts and services, as the machine is configured to find them.
import type { Address } from '../../model/address.ts'
import { parseServices, type ServiceNames } from './services.ts'
import type { HostAddress, NameSources } from './sources.ts'

export { type HostAddress, MOST_NAMES } from './sources.ts'

export interface NameService extends ServiceNames {
  /** The IPv4 addresses of hosts, all asked for at once; takes no longer than the resolver waits for an answer. */
  addresses(hosts: Iterable<string>): Promise<ReadonlyMap<string, HostAddress>>
  /**
   * The names of addresses, as far as they are known within `timeout` milliseconds.
   * No more than MOST_NAMES addresses can be asked for.
   */
  hosts(addresses: Iterable<Address>, timeout?: number): Promise<ReadonlyMap<string, string>>
}

/** The files are read when they are first needed. */
export function nameService(sources: NameSources): NameService {
  let services: ServiceNames | undefined
  const known = () => {
    services ??= readServices(sources)
    return services
  }
  return {
    async addresses(hosts) {
      const { lookUpHosts } = await import('./lookup.ts')
      return await lookUpHosts(hosts, sources)
    },
    async hosts(addresses, timeout) {
      const { lookUpNames } = await import('./lookup.ts')
      return await lookUpNames(addresses, sources, timeout)
    },
    name: (port, protocol) => known().name(port, protocol),
    port: (name, protocol) => known().port(name, protocol),
  }
}

function readServices({ readFile }: NameSources): ServiceNames {
  try {
    return parseServices(new TextDecoder().decode(readFile('/etc/services')))
  } catch {
    return parseServices('')
  }
}
