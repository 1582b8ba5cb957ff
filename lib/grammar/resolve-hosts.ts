// Parsing with names: asks the resolver for the hosts that a first reading came across, all at once, and reads again.
import type { Address } from '../model/address.ts'
import { systemServices } from '../system/names/services.ts'
import { type Names, UnresolvedHost } from './values.ts'

/** Runs `parse`, which may throw an UnresolvedHost, until every host that it needs is known. */
export async function withNames<T>(parse: (names: Names) => T): Promise<T> {
  const hosts = new Map<string, Address | null>()
  const names = namesFrom(hosts)
  for (;;) {
    try {
      return parse(names)
    } catch (error) {
      if (!(error instanceof UnresolvedHost)) throw error
      await resolve(error.hosts, hosts)
    }
  }
}

function namesFrom(hosts: ReadonlyMap<string, Address | null>): Names {
  return {
    host: (name) => hosts.get(name),
    port: (name, protocol) => systemServices().port(name, protocol),
  }
}

async function resolve(names: readonly string[], hosts: Map<string, Address | null>): Promise<void> {
  const { lookUpHosts } = await import('../system/names/lookup.ts')
  for (const [name, address] of await lookUpHosts(names)) hosts.set(name, address)
}
