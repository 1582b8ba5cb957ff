// The JSON schema of agent.yaml. Its descriptions are the documentation: docs/agent-config.md is made from them.

import { DEFAULT_ENDPOINT } from '../../fleet/cluster-words.ts'
import { DEFAULT_PREFIX } from '../../fleet/fleet-keys.ts'
import { COMMON_CHECK, KIND_CHECK } from './check-schema.ts'
import { DEFAULTS } from './config-defaults.ts'
import { duration, object, type Schema } from './schema-parts.ts'
import { SERVE_SCHEMA } from './serve-schema.ts'

const POLICY: Readonly<Record<string, Schema>> = {
  down: {
    enum: ['quiesce', 'remove'],
    default: DEFAULTS.policy.down,
    description:
      'What becomes of a server that is down. `quiesce`: its weight is 0, its connections go on. `remove`: it is deleted.',
  },
  minimum: {
    type: 'integer',
    minimum: 0,
    maximum: 65_535,
    default: DEFAULTS.policy.minimum,
    description: 'When fewer servers of a service are up than this, all of them are used, and it is logged.',
  },
  fallback: {
    type: 'array',
    items: { $ref: '#/$defs/fallback' },
    default: [],
    description: 'Servers that are used while no other is up. They are not checked.',
  },
  slowStart: duration(
    'The time in which the weight of a server that came up, or is new, grows to its whole.',
    '0s',
  ),
  drainTimeout: duration(
    'A server that leaves the rules gets weight 0, and is deleted when its connections have ended, or after this time.',
    '5m',
  ),
}

const CHECK: Schema = { $ref: '#/$defs/check' }

export const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Configuration of ipvsadm agent',
  ...object(
    {
      rules: {
        ...object({ etcd: { $ref: '#/$defs/etcd' } }, ['etcd']),
        type: ['string', 'object'],
        format: 'path',
        description:
          'The rule file or JSON document that says what the table shall be, as `ipvsadm apply` takes it; it is watched. Or [`etcd`](#rules-from-etcd): the rules of a fleet.',
      },
      scope: {
        type: 'array',
        minItems: 1,
        items: { type: 'string', format: 'scope' },
        description: 'The part of the table that the agent manages, as `--scope` takes it. Default: all.',
      },
      interval: duration('The time between two readings of the live table.', '2s'),
      socket: {
        type: 'string',
        format: 'path',
        default: DEFAULTS.socket,
        description: 'The Unix socket for `agent status` and `agent reload`.',
      },
      state: {
        type: 'string',
        format: 'path',
        default: DEFAULTS.state,
        description: 'The file in which the agent remembers what it has set.',
      },
      log: {
        ...object({
          format: {
            enum: ['logfmt', 'json'],
            default: DEFAULTS.log.format,
            description: 'The form of a line.',
          },
          level: {
            enum: ['debug', 'info', 'warning', 'error'],
            default: DEFAULTS.log.level,
            description: 'The least important events that are logged.',
          },
        }),
        description: 'The log, on stderr.',
      },
      drift: {
        enum: ['keep', 'correct'],
        default: DEFAULTS.drift,
        description:
          'The handling of changes by other programs or by hand. Both values report them; `correct` reverts them.',
      },
      concurrency: {
        type: 'integer',
        minimum: 1,
        maximum: 65_535,
        default: DEFAULTS.concurrency,
        description:
          'Checks that may run at the same time. Each takes a file descriptor or two: see LimitNOFILE of systemd.',
      },
      serve: SERVE_SCHEMA,
      check: {
        ...CHECK,
        description: 'The check of servers that no other entry is about, and the defaults of those entries.',
      },
      ...POLICY,
      scopes: {
        type: 'array',
        items: object(
          {
            scope: {
              type: 'array',
              minItems: 1,
              items: { type: 'string', format: 'scope' },
              description: 'The services that the entry is about, as `--scope` takes them.',
            },
            check: CHECK,
            ...POLICY,
          },
          ['scope'],
        ),
        default: [],
        description: 'Settings for parts of the table. The first entry whose scope has the service counts.',
      },
      services: {
        type: 'array',
        items: object(
          {
            service: {
              type: 'string',
              format: 'service',
              description:
                'The service that the entry is about: `tcp 192.0.2.1:80`, `udp [2001:db8::1]:53`, `fwmark 1`, `fwmark 1 inet6`.',
            },
            check: CHECK,
            ...POLICY,
          },
          ['service'],
        ),
        default: [],
        description: 'Settings for single services. They count before `scopes`.',
      },
      servers: {
        type: 'array',
        items: object(
          {
            server: {
              type: 'string',
              format: 'server',
              description: 'The server that the entry is about: `10.0.0.1:80`, `[2001:db8::2]:80`.',
            },
            service: {
              type: 'string',
              format: 'service',
              description: 'Its service. Default: every service that has the server.',
            },
            check: CHECK,
          },
          ['server', 'check'],
        ),
        default: [],
        description:
          'Checks of single servers. They count before `services` and `scopes`; the first that matches counts.',
      },
    },
    ['rules'],
  ),
  $defs: {
    etcd: {
      ...object(
        {
          groups: {
            type: 'array',
            minItems: 1,
            items: { type: 'string', format: 'fleet-name' },
            description:
              'The groups whose rules the director has, all together. Two may not have the same service.',
          },
          name: {
            type: 'string',
            format: 'fleet-name',
            description: 'The name of the director. Default: the name of the host.',
          },
          endpoints: {
            type: 'array',
            minItems: 1,
            items: { type: 'string', format: 'member' },
            default: [DEFAULT_ENDPOINT],
            description: 'The members of the cluster, which are tried in turn.',
          },
          prefix: {
            type: 'string',
            format: 'prefix',
            default: DEFAULT_PREFIX,
            description: 'The beginning of all keys.',
          },
          ca: {
            type: 'string',
            format: 'path',
            description: "The authority of the members' certificates, for endpoints with https://.",
          },
          cert: { type: 'string', format: 'path', description: 'The certificate of the director.' },
          key: { type: 'string', format: 'path', description: 'Its key.' },
          login: {
            type: 'string',
            format: 'path',
            description: 'A file with a line `NAME:PASSWORD`: the director as a user of etcd.',
          },
          copy: {
            type: 'string',
            format: 'path',
            default: DEFAULTS.copy,
            description:
              'The file in which the director keeps its rules for the time in which no member answers.',
          },
        },
        ['groups'],
      ),
      description: 'The rules are those that `ipvsadm fleet` has put in etcd: [fleet.md](fleet.md).',
    },
    check: {
      ...object({ ...COMMON_CHECK, ...KIND_CHECK }),
      description:
        'A check. Keys that an entry leaves out have the values of the defaults (`check` at the top); if the entry has another `kind`, only those that all kinds have.',
    },
    fallback: {
      ...object(
        {
          server: {
            type: 'string',
            format: 'endpoint',
            description: "The server's address, with a port or with that of the service.",
          },
          forwarding: {
            enum: ['masquerade', 'route', 'tunnel'],
            default: 'route',
            description:
              'How packets get there. An address of this machine takes them itself, whatever is said.',
          },
          weight: { type: 'integer', minimum: 1, maximum: 65_535, default: 1, description: 'The weight.' },
          tunnelType: {
            enum: ['ipip', 'gue', 'gre'],
            default: 'ipip',
            description: '`tunnel`: the kind of tunnel.',
          },
          tunnelPort: {
            type: 'integer',
            minimum: 1,
            maximum: 65_535,
            description: '`gue`: the port of the tunnel.',
          },
        },
        ['server'],
      ),
      description: 'A server for the time in which no other is up.',
    },
  },
} as const satisfies Schema & Record<string, unknown>
