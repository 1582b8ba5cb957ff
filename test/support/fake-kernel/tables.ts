// The state of the fake: the data of one network namespace in net/netfilter/ipvs/ip_vs_ctl.c and ip_vs_sync.c, and the
// rules of its changes. Independent of the message format.

import { endpointText, mayBeRealServer } from './addresses.ts'
import {
  AF_INET6,
  CONN_F_TUNNEL,
  refuse,
  STATE_BACKUP,
  STATE_MASTER,
  SVC_F_HASHED,
  TUNNEL_GUE,
} from './constants.ts'

/** struct ip_vs_kstats, in the order of its attributes. */
export const COUNTERS = [
  'conns',
  'inpkts',
  'outpkts',
  'inbytes',
  'outbytes',
  'cps',
  'inpps',
  'outpps',
  'inbps',
  'outbps',
] as const
export type Counters = Record<(typeof COUNTERS)[number], bigint>

export const zeroCounters = (): Counters => Object.fromEntries(COUNTERS.map((name) => [name, 0n])) as Counters

export interface ServiceKey {
  readonly af: number
  readonly protocol: number
  /** 16 bytes; zeros for a firewall mark. */
  readonly address: Uint8Array
  readonly port: number
  /** 0: a service by address. */
  readonly fwmark: number
}

export interface ServiceSettings {
  readonly scheduler: string
  /** Empty: none. */
  readonly pe: string
  readonly flags: number
  /** Seconds. */
  readonly timeout: number
  /** IPv4: the mask's bytes as a little-endian number; IPv6: the prefix length. */
  readonly netmask: number
}

export interface DestinationKey {
  readonly af: number
  readonly address: Uint8Array
  readonly port: number
}

export interface DestinationSettings {
  readonly method: number
  readonly weight: number
  readonly upper: number
  readonly lower: number
  readonly tunnelType: number
  readonly tunnelPort: number
  readonly tunnelFlags: number
}

export interface Destination extends DestinationKey {
  settings: DestinationSettings
  active: number
  inactive: number
  persistent: number
  counters: Counters
}

export interface Service extends ServiceKey {
  settings: ServiceSettings
  counters: Counters
  /** By endpoint, oldest first. */
  readonly destinations: Map<string, Destination>
}

export interface Daemon {
  readonly state: number
  readonly interface: string
  readonly syncId: number
  readonly maxLength: number
  readonly groupFamily: number
  readonly group: Uint8Array
  readonly port: number
  readonly ttl: number
}

export interface Environment {
  readonly schedulers: readonly string[]
  readonly engines: readonly string[]
  /** Name to MTU. */
  readonly interfaces: Readonly<Record<string, number>>
  /** The kernel's clock ticks a second: timeouts are kept in ticks, 32 bits of them. */
  readonly hz: number
}

const INT_MAX = 0x7fffffff
export const DEFAULT_TIMEOUTS = { tcp: 900, tcpFin: 120, udp: 300 }
export type Timeouts = typeof DEFAULT_TIMEOUTS

export const destinationId = (key: DestinationKey): string => endpointText(key.af, key.address, key.port)

export function serviceId(key: ServiceKey): string {
  if (key.fwmark) return `fwmark${key.af === AF_INET6 ? 6 : ''} ${key.fwmark}`
  const protocol = { 6: 'tcp', 17: 'udp', 132: 'sctp' }[key.protocol] ?? key.protocol
  return `${protocol} ${endpointText(key.af, key.address, key.port)}`
}

export class Tables {
  /** By id, oldest first. */
  readonly services = new Map<string, Service>()
  timeouts: Timeouts = { ...DEFAULT_TIMEOUTS }
  master: Daemon | undefined
  backup: Daemon | undefined
  #order: Service[] | undefined
  readonly #destinationOrder = new WeakMap<Service, readonly Destination[]>()

  constructor(readonly environment: Environment) {}

  find(key: ServiceKey): Service | undefined {
    return this.services.get(serviceId(key))
  }

  /** In the order of a dump: by address, then by firewall mark; the newest first in both. */
  get listed(): readonly Service[] {
    if (this.#order === undefined) {
      const newest = [...this.services.values()].reverse()
      this.#order = [...newest.filter((s) => s.fwmark === 0), ...newest.filter((s) => s.fwmark !== 0)]
    }
    return this.#order
  }

  /** The destinations of a service in the order of a dump: the newest first. */
  listedOf(service: Service): readonly Destination[] {
    const order = this.#destinationOrder.get(service) ?? [...service.destinations.values()].reverse()
    this.#destinationOrder.set(service, order)
    return order
  }

  addService(key: ServiceKey, settings: ServiceSettings): void {
    this.#checkService(key, settings)
    const service: Service = {
      ...key,
      settings: this.#settled(settings),
      counters: zeroCounters(),
      destinations: new Map(),
    }
    this.services.set(serviceId(key), service)
    this.#order = undefined
  }

  editService(service: Service, settings: ServiceSettings): void {
    this.#checkService(service, settings)
    service.settings = this.#settled(settings)
  }

  deleteService(service: Service): void {
    this.services.delete(serviceId(service))
    this.#order = undefined
  }

  flush(): void {
    this.services.clear()
    this.#order = undefined
  }

  addDestination(service: Service, key: DestinationKey, settings: DestinationSettings): void {
    this.#checkDestination(settings)
    const id = destinationId(key)
    if (service.destinations.has(id)) refuse('EEXIST')
    if (!mayBeRealServer(key.af, key.address)) refuse('EINVAL')
    this.#destinationOrder.delete(service)
    service.destinations.set(id, {
      ...key,
      settings,
      active: 0,
      inactive: 0,
      persistent: 0,
      counters: zeroCounters(),
    })
  }

  editDestination(service: Service, key: DestinationKey, settings: DestinationSettings): void {
    this.#checkDestination(settings)
    const destination = service.destinations.get(destinationId(key)) ?? refuse('ENOENT')
    destination.settings = settings
  }

  deleteDestination(service: Service, key: DestinationKey): void {
    if (!service.destinations.delete(destinationId(key))) refuse('ENOENT')
    this.#destinationOrder.delete(service)
  }

  /** Of a service of one family with a server of the other; the synchronisation protocol cannot express that. */
  checkMixed(service: Service, key: DestinationKey, settings: DestinationSettings): void {
    if (key.af === service.af) return
    if (this.master || this.backup || settings.method !== CONN_F_TUNNEL) refuse('EINVAL')
  }

  zero(services: Iterable<Service> = this.services.values()): void {
    for (const service of services) {
      service.counters = zeroCounters()
      for (const destination of service.destinations.values()) destination.counters = zeroCounters()
    }
  }

  /** Seconds; all three are checked before any is changed, and 0 keeps what was. */
  setTimeouts(wanted: Timeouts): void {
    const most = Math.floor(INT_MAX / this.environment.hz)
    for (const seconds of Object.values(wanted)) if (seconds < 0 || seconds > most) refuse('EINVAL')
    this.timeouts = {
      tcp: wanted.tcp || this.timeouts.tcp,
      tcpFin: wanted.tcpFin || this.timeouts.tcpFin,
      udp: wanted.udp || this.timeouts.udp,
    }
  }

  /** `daemon` with zeros where the default is wanted. */
  startDaemon(daemon: Daemon): void {
    for (const service of this.services.values())
      for (const destination of service.destinations.values())
        if (destination.af !== service.af) refuse('EINVAL')
    const mtu = this.environment.interfaces[daemon.interface] ?? refuse('ENODEV')
    const isBackup = daemon.state === STATE_BACKUP
    const headers = 8 + (daemon.groupFamily === AF_INET6 ? 40 : 20)
    const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most)
    const maxLength = daemon.maxLength
      ? clamp(daemon.maxLength, isBackup ? 1024 : 1, 65535 - headers)
      : (isBackup ? clamp(mtu, 1500, 65535) : 1500) - headers
    const settled = { ...daemon, maxLength, port: daemon.port || 8848, ttl: daemon.ttl || 1 }
    if (daemon.state === STATE_MASTER) this.master = this.master ? refuse('EEXIST') : settled
    else if (isBackup) this.backup = this.backup ? refuse('EEXIST') : settled
    else refuse('EINVAL')
  }

  stopDaemon(state: number): void {
    if (state === STATE_MASTER) this.master = this.master ? undefined : refuse('ESRCH')
    else if (state === STATE_BACKUP) this.backup = this.backup ? undefined : refuse('ESRCH')
    else refuse('EINVAL')
  }

  #checkService(key: ServiceKey, settings: ServiceSettings): void {
    const { schedulers, engines } = this.environment
    if (settings.scheduler !== 'none' && !schedulers.includes(settings.scheduler)) refuse('ENOENT')
    if (settings.pe !== '' && !engines.includes(settings.pe)) refuse('ENOENT')
    if (key.af === AF_INET6 && (settings.netmask < 1 || settings.netmask > 128)) refuse('EINVAL')
  }

  #settled(settings: ServiceSettings): ServiceSettings {
    const { hz } = this.environment
    const ticks = BigInt.asUintN(32, BigInt(settings.timeout) * BigInt(hz))
    return { ...settings, flags: (settings.flags | SVC_F_HASHED) >>> 0, timeout: Number(ticks / BigInt(hz)) }
  }

  #checkDestination(settings: DestinationSettings): void {
    if (settings.weight < 0 || settings.lower > settings.upper) refuse('ERANGE')
    if (settings.tunnelType === TUNNEL_GUE && settings.tunnelPort === 0) refuse('EINVAL')
  }
}
