// Names of hosts and services, by the machine's configuration.
import type { Address } from '../../model/address.ts'
import { parseServices, type ServiceNames } from './services.ts'
import type { HostAddress, NameSources } from './sources.ts'

export { type HostAddress, MOST_NAMES } from './sources.ts'

export interface NameService extends ServiceNames {
  /** The IPv4 addresses of hosts, looked up at once, within the resolver's timeout. */
  addresses(hosts: Iterable<string>): Promise<ReadonlyMap<string, HostAddress>>
  /**
   * The names of addresses that are found within `timeout` milliseconds.
   * Takes at most MOST_NAMES addresses.
   */
  hosts(addresses: Iterable<Address>, timeout?: number): Promise<ReadonlyMap<string, string>>
}

/** Reads the files, and loads the sources, on first use. */
export function nameService(
  readFile: NameSources['readFile'],
  load: () => NameSources | Promise<NameSources>,
): NameService {
  let services: ServiceNames | undefined
  const known = () => {
    services ??= readServices(readFile)
    return services
  }
  return {
    async addresses(hosts) {
      const { lookUpHosts } = await import('./lookup.ts')
      return await lookUpHosts(hosts, await load())
    },
    async hosts(addresses, timeout) {
      const { lookUpNames } = await import('./lookup.ts')
      return await lookUpNames(addresses, await load(), timeout)
    },
    name: (port, protocol) => known().name(port, protocol),
    port: (name, protocol) => known().port(name, protocol),
  }
}

function readServices(readFile: NameSources['readFile']): ServiceNames {
  try {
    return parseServices(new TextDecoder().decode(readFile('/etc/services')))
  } catch {
    return parseServices('')
  }
}
