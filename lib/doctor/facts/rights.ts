// The missing right to administer the network, if the process lacks one.

/** `user`: not root. `capability`: root without CAP_NET_ADMIN. `namespace`: root of a user namespace only. */
export type MissingRight = 'user' | 'capability' | 'namespace'

/** linux/capability.h */
const CAP_NET_ADMIN = 12n

/** ip_vs requires CAP_NET_ADMIN in the initial user namespace, where every id maps to itself (user_namespaces(7)). */
export function missingRight(
  privileged: boolean,
  file: (path: string) => string | undefined,
): MissingRight | undefined {
  if (!privileged) return 'user'
  const map = file('/proc/self/uid_map')?.trim().split(/\s+/).join(' ')
  if (map !== undefined && map !== '0 0 4294967295') return 'namespace'
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(file('/proc/self/status') ?? '')?.[1]
  if (effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 0n)
    return 'capability'
  return undefined
}
