// THE option table: one record an option. Parser, legality, help, completion and manual derive from it.
// The order of the rows is the reference's order of precedence when several options are out of place.

import { FILTER_FAMILIES, FILTER_PROTOCOLS } from '../model/filter.ts'
import { TUNNEL_FLAG } from '../model/flags.ts'
import {
  IFNAME_MAXLEN,
  MAX_INT,
  MAX_SYNC_LENGTH,
  MAX_UINT,
  PENAME_MAXLEN,
  SCHEDNAME_MAXLEN,
} from '../model/limits.ts'
import { COLOUR_CHOICES } from '../model/listing-format.ts'
import { TUNNEL_TYPES } from '../model/tunnel.ts'
import type { Spec } from './popt.ts'
import type { RawOptions } from './raw-options.ts'
import {
  addTunnelFlag,
  filter,
  format,
  forwarding,
  fwmark,
  group,
  name,
  number,
  oneOf,
  parseNetmask,
  persistence,
  prefix,
  seconds,
  server,
  service,
  setFamily,
  tunnelType,
} from './readers.ts'
import { refuse } from './refusals.ts'
import { type Names, SCHEDULERS } from './values.ts'

/** `extensions` are not in the original. */
export type OptionSection = 'virtual-service' | 'options' | 'daemon' | 'extensions'

interface OptionRow extends Spec {
  /** Its name in messages and in the command table; several options may share one (`-t`, `-u`, `-f`). */
  readonly id: string
  readonly section: OptionSection
  /** The value's name in the help. */
  readonly valueName?: string
  /** The usual values, or all values, for completion. */
  readonly choices?: readonly string[]
  readonly help: string
  /** Accepted with every command, and not counted. */
  readonly idle?: boolean
  /** Reads the value; throws a UsageError to refuse it. Optional for a switch. */
  readonly read?: (values: RawOptions, value: string, names: Names) => void
}

const THRESHOLD = { min: 0, max: MAX_INT, raw: { min: 0, max: MAX_UINT } }

// One row a line, so that the table can be read as a table.
// biome-ignore format: a table
const ROWS = [
  { id: 'numeric', long: 'numeric', short: 'n', argument: 'none', section: 'options',
    help: 'print addresses and ports as numbers' },
  { id: 'connection', long: 'connection', short: 'c', argument: 'none', section: 'options',
    help: 'list the connections' },
  { id: 'service-address', long: 'tcp-service', short: 't', argument: 'required', section: 'virtual-service',
    valueName: 'service-address', help: 'a TCP service, host[:port]', read: service('tcp') },
  { id: 'service-address', long: 'udp-service', short: 'u', argument: 'required', section: 'virtual-service',
    valueName: 'service-address', help: 'a UDP service, host[:port]', read: service('udp') },
  { id: 'service-address', long: 'sctp-service', argument: 'required', section: 'virtual-service',
    valueName: 'service-address', help: 'an SCTP service, host[:port]', read: service('sctp') },
  { id: 'service-address', long: 'fwmark-service', short: 'f', argument: 'required', section: 'virtual-service',
    valueName: 'fwmark', help: 'the packets with this firewall mark, 1 to 2^32-1',
    read: fwmark },
  { id: 'ipv6', long: 'ipv6', short: '6', argument: 'none', section: 'virtual-service', idle: true,
    help: 'the firewall mark is of IPv6 packets', read: (values) => {
      if (values.fwmark === undefined) refuse('-6 used before -f\n')
      setFamily(values, 'inet6')
    } },
  { id: 'scheduler', long: 'scheduler', short: 's', argument: 'required', section: 'options',
    valueName: 'scheduler', choices: SCHEDULERS, help: `${SCHEDULERS.join(' ')} (wlc)`,
    read: name('scheduler', SCHEDNAME_MAXLEN) },
  { id: 'persistent', long: 'persistent', short: 'p', argument: 'optional', section: 'options',
    valueName: 'timeout', help: 'keep a client on its server, for this many seconds (360)',
    read: persistence },
  { id: 'netmask', long: 'netmask', short: 'M', argument: 'required', section: 'options',
    valueName: 'netmask', help: 'treat a network as one client: a mask, or an IPv6 prefix length',
    read: (values, value, names) => { values.netmask = parseNetmask(value, values.family, names) } },
  { id: 'real-server', long: 'real-server', short: 'r', argument: 'required', section: 'options',
    valueName: 'server-address', help: 'the real server, host[:port]',
    read: server },
  { id: 'forwarding-method', long: 'gatewaying', short: 'g', argument: 'none', section: 'options',
    help: 'reach the server by direct routing (the default)', read: forwarding('route') },
  { id: 'forwarding-method', long: 'ipip', short: 'i', argument: 'none', section: 'options',
    help: 'reach the server through a tunnel', read: forwarding('tunnel') },
  { id: 'forwarding-method', long: 'masquerading', short: 'm', argument: 'none', section: 'options',
    help: 'reach the server by NAT', read: forwarding('masquerade') },
  { id: 'weight', long: 'weight', short: 'w', argument: 'required', section: 'options',
    valueName: 'weight', help: "the server's share, 0 to 2^31-1 (1); 0: no new connections",
    read: number('weight', { min: 0, max: MAX_INT }, 'illegal weight specified') },
  { id: 'u-threshold', long: 'u-threshold', short: 'x', argument: 'required', section: 'options',
    valueName: 'uthreshold', help: 'the number of connections from which the server gets no new ones',
    read: number('upperThreshold', THRESHOLD, 'illegal u_threshold specified') },
  { id: 'l-threshold', long: 'l-threshold', short: 'y', argument: 'required', section: 'options',
    valueName: 'lthreshold', help: 'the number of connections below which it gets new ones again',
    read: number('lowerThreshold', THRESHOLD, 'illegal l_threshold specified') },
  { id: 'mcast-interface', long: 'mcast-interface', argument: 'required', section: 'daemon',
    valueName: 'interface', help: 'the interface of the synchronization',
    read: name('interface', IFNAME_MAXLEN) },
  { id: 'timeout', long: 'timeout', argument: 'none', section: 'options',
    help: 'list the timeouts (tcp tcpfin udp)' },
  { id: 'daemon', long: 'daemon', argument: 'none', section: 'options',
    help: 'list the sync daemons' },
  { id: 'stats', long: 'stats', argument: 'none', section: 'options',
    help: 'list counters' },
  { id: 'rate', long: 'rate', argument: 'none', section: 'options',
    help: 'list rates per second' },
  { id: 'thresholds', long: 'thresholds', argument: 'none', section: 'options',
    help: 'list connection thresholds' },
  { id: 'persistent-conn', long: 'persistent-conn', argument: 'none', section: 'options',
    help: 'list persistent connections' },
  { id: 'nosort', long: 'nosort', argument: 'none', section: 'options',
    help: "keep the kernel's order" },
  { id: 'sort', long: 'sort', argument: 'none', section: 'options', idle: true,
    help: 'sort the listing (the default, kept for old scripts)' },
  { id: 'syncid', long: 'syncid', argument: 'required', section: 'daemon',
    valueName: 'sid', help: 'the id of the synchronization, 0 to 255 (0)',
    read: number('syncId', { min: 0, max: 255 }, 'illegal syncid specified') },
  { id: 'exact', long: 'exact', argument: 'none', section: 'options',
    help: 'print whole numbers, without K, M or G' },
  { id: 'ops', long: 'ops', short: 'o', argument: 'none', section: 'options',
    help: 'schedule each UDP packet on its own' },
  { id: 'pe', long: 'pe', argument: 'required', section: 'options',
    valueName: 'engine', choices: ['sip'], help: 'the persistence engine: sip',
    read: name('engine', PENAME_MAXLEN) },
  { id: 'sched-flags', long: 'sched-flags', short: 'b', argument: 'required', section: 'options',
    valueName: 'flags', help: 'flags of the scheduler, separated by commas',
    read: (values, value) => { values.schedulerFlags = value } },
  { id: 'mcast-group', long: 'mcast-group', argument: 'required', section: 'daemon',
    valueName: 'address', help: 'the IPv4 or IPv6 group (224.0.0.81)',
    read: group },
  { id: 'mcast-port', long: 'mcast-port', argument: 'required', section: 'daemon',
    valueName: 'port', help: 'the UDP port (8848)',
    read: number('mcastPort', { min: 1, max: 65535 }, 'illegal mcast-port specified') },
  { id: 'mcast-ttl', long: 'mcast-ttl', argument: 'required', section: 'daemon',
    valueName: 'ttl', help: 'the time to live (1)',
    read: number('ttl', { min: 1, max: 255 }, 'illegal mcast-ttl specified') },
  { id: 'sync-maxlen', long: 'sync-maxlen', argument: 'required', section: 'daemon',
    valueName: 'length', help: 'the longest message in bytes (depends on the interface)',
    read: number('maxLength', { min: 1, max: MAX_SYNC_LENGTH }, 'illegal sync-maxlen specified') },
  { id: 'tun-info', long: 'tun-info', argument: 'none', section: 'options',
    help: 'list tunnels' },
  { id: 'tun-type', long: 'tun-type', argument: 'required', section: 'options',
    valueName: 'type', choices: TUNNEL_TYPES, help: 'the tunnel: ipip (the default), gue or gre',
    read: tunnelType },
  { id: 'tun-port', long: 'tun-port', argument: 'required', section: 'options',
    valueName: 'port', help: 'the port of a gue tunnel',
    read: number('tunnelPort', { min: 1, max: 65535 }, 'illegal tunnel port specified') },
  { id: 'tun-nocsum', long: 'tun-nocsum', argument: 'none', section: 'options',
    help: 'no checksum in the tunnel (the default)', read: addTunnelFlag(TUNNEL_FLAG.NOCSUM) },
  { id: 'tun-csum', long: 'tun-csum', argument: 'none', section: 'options',
    help: 'a checksum in the tunnel', read: addTunnelFlag(TUNNEL_FLAG.CSUM) },
  { id: 'tun-remcsum', long: 'tun-remcsum', argument: 'none', section: 'options',
    help: 'the remote checksum of a gue tunnel', read: addTunnelFlag(TUNNEL_FLAG.REMCSUM) },
  // Extensions come last, which preserves the original's precedence.
  { id: 'format', long: 'json', short: 'j', argument: 'none', section: 'extensions',
    help: 'print one JSON document with all fields', read: format('json') },
  { id: 'format', long: 'json-lines', argument: 'none', section: 'extensions',
    help: 'print one JSON object a line', read: format('json-lines') },
  { id: 'format', long: 'table', argument: 'none', section: 'extensions',
    help: 'print a table of the columns that fit the terminal', read: format('table') },
  { id: 'color', long: 'color', argument: 'required', section: 'extensions',
    valueName: 'when', choices: COLOUR_CHOICES, help: 'colours: auto (on a terminal, the default), always or never',
    read: (values, value) => { values.colour = oneOf(COLOUR_CHOICES, 'color', value) } },
  { id: 'family', long: 'family', argument: 'required', section: 'extensions',
    valueName: 'family', choices: FILTER_FAMILIES, help: 'list only services of inet or inet6',
    read: (values, value) => filter({ family: oneOf(FILTER_FAMILIES, 'family', value) })(values) },
  { id: 'protocol', long: 'protocol', argument: 'required', section: 'extensions',
    valueName: 'protocol', choices: FILTER_PROTOCOLS, help: 'list only services of tcp, udp, sctp or fwm',
    read: (values, value) => filter({ protocol: oneOf(FILTER_PROTOCOLS, 'protocol', value) })(values) },
  { id: 'address', long: 'address', argument: 'required', section: 'extensions',
    valueName: 'prefix', help: 'list only services with an address in this network',
    read: (values, value) => filter({ address: prefix(value) })(values) },
  { id: 'server', long: 'server', argument: 'required', section: 'extensions',
    valueName: 'prefix', help: 'list only real servers in this network',
    read: (values, value) => filter({ server: prefix(value) })(values) },
  { id: 'activity', long: 'active', argument: 'none', section: 'extensions',
    help: 'list only real servers that have connections', read: filter({ activity: 'active' }) },
  { id: 'activity', long: 'idle', argument: 'none', section: 'extensions',
    help: 'list only real servers that have no connections', read: filter({ activity: 'idle' }) },
  { id: 'draining', long: 'draining', argument: 'none', section: 'extensions',
    help: 'list only real servers of weight 0', read: filter({ draining: true }) },
  { id: 'keep', long: 'keep', argument: 'none', section: 'extensions',
    help: 'edit only the settings that are given' },
  { id: 'raw', long: 'raw', argument: 'none', section: 'extensions',
    help: 'accept the options that follow without checks',
    read: (values) => { values.raw = true } },
  { id: 'resolve-timeout', long: 'resolve-timeout', argument: 'required', section: 'extensions',
    valueName: 'seconds', help: 'the time to wait for names before printing numbers (2)',
    read: (values, value) => { values.resolveTimeout = seconds(value) } },
  // Removed from a command line before parsing (netns-words.ts), so that only lines of a file still have it.
  { id: 'netns', long: 'netns', argument: 'required', section: 'extensions',
    valueName: 'namespace', help: 'work in this network namespace: a name, a path or a process id',
    read: () => refuse('the network namespace is chosen on the command line, not in a rule') },
] as const satisfies readonly OptionRow[]

export type OptionId = (typeof ROWS)[number]['id']
export type Option = OptionRow & { readonly id: OptionId }

export const OPTIONS: readonly Option[] = ROWS
