// The agent's configuration as its parts use it: read, checked, all defaults filled in. config/read.ts makes it from
// the file. Times are milliseconds.
import type { RawClusterSettings } from '../../fleet/fleet-settings.ts'
import type { Address, Family } from '../../model/address.ts'
import type { DestinationConfiguration, DestinationId } from '../../model/destination.ts'
import type { ServiceId } from '../../model/service.ts'
import type { Scope } from '../../reconcile/scope.ts'
import type { AccessFiles } from '../../serve/access.ts'
import type { ListenAddress } from '../../serve/listen-address.ts'
import type { RecordType } from '../../system/names/dns-messages.ts'

export interface AgentConfig {
  readonly rules: RulesSource
  /** The part of the table that the agent manages; undefined: all. */
  readonly scope: Scope | undefined
  /** Between two readings of the live table. */
  readonly interval: number
  /** The path of the control socket. */
  readonly socket: string
  /** The file in which the agent remembers what it has set, over a restart; undefined: none. */
  readonly state: string | undefined
  readonly log: { readonly format: LogFormat; readonly level: LogLevel }
  /** The treatment of changes by other programs: reported and kept, or reported and corrected. */
  readonly drift: 'keep' | 'correct'
  /** Checks that may run at the same time. */
  readonly concurrency: number
  /** Metrics and the page; undefined: none. */
  readonly serve?: ServeConfig | undefined
  /** For services and servers that no other entry is about. */
  readonly defaults: { readonly check: CheckPlan; readonly policy: Policy }
  /** The first entry whose scope has the service counts. */
  readonly scopes: readonly ScopeEntry[]
  /** The first entry about the service counts, before all scopes. */
  readonly services: readonly ServiceEntry[]
  /** The first entry that matches the server counts, before all services and scopes. */
  readonly servers: readonly ServerEntry[]
}

/** Settings of the monitor: its address, its contents, and the files that decide who may use it. */
export interface ServeConfig {
  readonly address: ListenAddress
  readonly names: readonly string[]
  /** The services of the metrics; undefined: all. */
  readonly scope: Scope | undefined
  /** The services whose servers are left out; undefined: none. */
  readonly withoutServers: Scope | undefined
  readonly files: AccessFiles
}

export type LogFormat = 'logfmt' | 'json'
export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

/** The source of the wanted services and servers. */
export type RulesSource = { readonly file: string } | { readonly etcd: FleetRules }

/** Rules from etcd, where `ipvsadm fleet` puts them. */
export interface FleetRules {
  readonly cluster: RawClusterSettings
  /** Of this director; undefined: the name of the host. */
  readonly name: string | undefined
  readonly groups: readonly string[]
  /** The file of the copy, which is used when no member of the cluster answers. */
  readonly copy: string
}

/** The treatment of a service's servers. */
export interface Policy {
  /** A server that is down: weight 0, so that its connections go on, or no entry at all. */
  readonly down: 'quiesce' | 'remove'
  /** If fewer servers are up, all are used; 0: servers that are down are never used. */
  readonly minimum: number
  /** Used while no server is up. */
  readonly fallback: readonly FallbackServer[]
  /** The time in which the weight of a server that came up, or is new, grows to its whole; 0: at once. */
  readonly slowStart: number
  /** The longest time that a server that left the rules keeps its connections. */
  readonly drainTimeout: number
}

export interface FallbackServer {
  readonly family: Family
  readonly address: Address
  /** Undefined: that of the service. */
  readonly port: number | undefined
  readonly config: DestinationConfiguration
}

export interface ScopeEntry {
  readonly scope: Scope
  /** Whole, as `policy`: what the entry leaves out has been taken from the defaults. */
  readonly check: CheckPlan
  readonly policy: Policy
}

export interface ServiceEntry {
  readonly service: ServiceId
  /** Whole, as `policy`: what the entry leaves out has been taken from the defaults. */
  readonly check: CheckPlan
  readonly policy: Policy
}

export interface ServerEntry {
  /** Undefined: in every service. */
  readonly service: ServiceId | undefined
  readonly server: DestinationId
  readonly check: CheckPlan
}

/** The way in which a server is checked. */
export type CheckPlan =
  | TcpPlan
  | HttpPlan
  | UdpPlan
  | DnsPlan
  | ExecPlan
  | AgentPlan
  /** Not at all: always up. */
  | { readonly kind: 'none' }

export type CheckKind = CheckPlan['kind']

/** The plans that lead to checks. */
export type ActivePlan = Exclude<CheckPlan, { readonly kind: 'none' }>

export interface CommonPlan {
  /** From the beginning of a check to that of the next. */
  readonly interval: number
  /** After which a check that has not ended counts as failed. */
  readonly timeout: number
  /** Successes in a row that bring a server up again. */
  readonly rise: number
  /** Failures in a row that take a server down. */
  readonly fall: number
  /** The part of the interval, 0 to 1, by which it is varied at random. */
  readonly jitter: number
  /** Checked instead of the server's own. */
  readonly address: Address | undefined
  readonly port: number | undefined
  /** The address that the check comes from. */
  readonly source: Address | undefined
}

export interface TcpPlan extends CommonPlan {
  readonly kind: 'tcp'
}

export interface HttpPlan extends CommonPlan {
  readonly kind: 'http' | 'https'
  readonly method: string
  readonly path: string
  /** The Host header; undefined: the address. */
  readonly host: string | undefined
  /** `https`: the name in the TLS handshake, for which the certificate must be; undefined: that of `host`. */
  readonly serverName: string | undefined
  readonly statuses: readonly { readonly first: number; readonly last: number }[]
  /** Must match in the body. */
  readonly body: RegExp | undefined
  /** `https`: whether the certificate must be valid for the name. */
  readonly verify: boolean
}

export interface UdpPlan extends CommonPlan {
  readonly kind: 'udp'
  readonly send: Uint8Array
  /** Must match in the answer; undefined: any answer, or none if the port is not refused. */
  readonly expect: RegExp | undefined
}

export interface DnsPlan extends CommonPlan {
  readonly kind: 'dns'
  readonly name: string
  readonly type: RecordType
  /** Must match one of the records of the type; undefined: any answer without an error. */
  readonly expect: RegExp | undefined
}

export interface ExecPlan extends CommonPlan {
  readonly kind: 'exec'
  /** The program's path and its words. */
  readonly command: readonly string[]
}

/** As HAProxy's agent-check: a line such as `75%`, `up`, `down`, `drain`. */
export interface AgentPlan extends CommonPlan {
  readonly kind: 'agent'
  readonly send: string
}
