// Parsing with host names: looks up all hosts found by a first pass at once, and parses again.
import { UsageError } from '../model/errors.ts'
import type { HostAddress, NameService } from '../system/names/name-service.ts'
import { type Names, UnresolvedHost } from './values.ts'

/** The part of the resolver that parsing needs. */
type Resolver = Pick<NameService, 'addresses' | 'port'>

interface NameOptions {
  /**
   * Whether a host without an address is an error with the reason. Otherwise the option's message is shown, which the
   * classic command line shares with the original.
   */
  readonly explain?: boolean
}

/** Runs `parse`, which may throw an UnresolvedHost, until every host that it needs is known. */
export async function withNames<T>(
  resolver: Resolver,
  parse: (names: Names) => T,
  { explain = false }: NameOptions = {},
): Promise<T> {
  const known = new Map<string, HostAddress>()
  const names: Names = {
    host(name) {
      const result = known.get(name)
      if (result === undefined) return undefined
      if ('address' in result) return result.address
      if (explain) throw new UsageError(`${name}: no address, ${REASONS[result.failure]}`)
      return null
    },
    port: (name, protocol) => resolver.port(name, protocol),
  }
  for (;;) {
    try {
      return parse(names)
    } catch (error) {
      if (!(error instanceof UnresolvedHost)) throw error
      for (const [host, result] of await resolver.addresses(error.hosts)) known.set(host, result)
    }
  }
}

const REASONS = { 'no-answer': 'the resolver did not answer', unknown: 'the name is unknown' } as const
