// Usual reasons of refusals, by the request and the errno, from net/netfilter/ipvs/ip_vs_ctl.c and ip_vs_sync.c
// (Linux 6.1 and 7.2). Refusals caused by another program's change are not here: such steps are planned again.
import type { Change } from '../model/change.ts'
import { EINVAL, ENODEV, ENOENT, ENOMEM, EPERM, ERANGE } from '../model/errors.ts'
import { MAX_INT } from '../model/limits.ts'
import type { RefusedStep } from './outcome.ts'

type Hint = string | ((change: Change) => string | undefined)

const scheduler: Hint = (change) => {
  if (!('config' in change) || !('scheduler' in change.config)) return undefined
  const { scheduler, engine } = change.config
  const module = `the name is misspelt, or its module ip_vs_${scheduler} is missing (try: modprobe ip_vs_${scheduler})`
  return engine === '' ? module : `${module}; or the persistence engine's, ip_vs_pe_${engine}`
}

const SERVER: Readonly<Record<number, Hint>> = {
  [EINVAL]: (change) => {
    if ('server' in change && change.server.family !== change.service.family)
      return 'a server of the other address family needs a tunnel, and excludes a sync daemon'
    if ('config' in change && 'upperThreshold' in change.config && change.config.upperThreshold > MAX_INT)
      return `newer kernels, such as Linux 6.12, take thresholds up to ${MAX_INT}`
    return 'the address is not unicast, or not one that this host may forward to'
  },
  [ERANGE]: 'the lower threshold is above the upper one, or the weight is negative',
}

const ANY: Readonly<Record<number, Hint>> = {
  [EPERM]: 'this needs root, or CAP_NET_ADMIN in the user namespace that owns the network namespace',
  [ENOMEM]: 'the kernel is out of memory',
}

const HINTS: Readonly<Record<string, Readonly<Record<number, Hint>>>> = {
  NEW_SERVICE: {
    [ENOENT]: scheduler,
    [EINVAL]: 'an IPv6 netmask is not from 1 to 128, or the kernel has no IPv6',
  },
  SET_SERVICE: {
    [ENOENT]: scheduler,
    [EINVAL]: 'an IPv6 netmask is not from 1 to 128, or the scheduler does not support this service',
  },
  NEW_DEST: SERVER,
  SET_DEST: SERVER,
  SET_CONFIG: { [EINVAL]: "a timeout exceeds this kernel's range" },
  NEW_DAEMON: {
    [ENODEV]: 'there is no such interface (--mcast-interface)',
    [EINVAL]: 'a service has a server of the other address family; this excludes a sync daemon',
  },
}

/** Undefined if there is nothing to add to the message. */
export function hintOf({ step: { change }, error }: RefusedStep): string | undefined {
  const hint = HINTS[error.request]?.[error.errno] ?? ANY[error.errno]
  return typeof hint === 'function' ? hint(change) : hint
}
