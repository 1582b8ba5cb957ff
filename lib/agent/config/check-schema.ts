// The schema of a check in agent.yaml.
import { RECORD_TYPES } from '../../system/names/dns-messages.ts'
import { DEFAULTS } from './config-defaults.ts'
import { duration, type Schema } from './schema-parts.ts'

/** Keys that checks of all kinds have. */
export const COMMON_CHECK: Readonly<Record<string, Schema>> = {
  kind: {
    enum: ['tcp', 'http', 'https', 'udp', 'dns', 'exec', 'agent', 'none'],
    default: DEFAULTS.check.kind,
    description:
      "How the server is checked. `tcp`: a connection is made. `http`, `https`: a request is answered. `udp`: a datagram is not refused, or answered. `dns`: a question is answered. `exec`: a program ends with status 0. `agent`: the server says its state in a line, as for HAProxy's agent-check. `none`: not at all, the server is always up.",
  },
  interval: duration('The time from the start of one check to that of the next, at least 100ms.', '2s'),
  timeout: duration(
    'After this time a check that has not ended has failed. Less than `interval`. Default: half of `interval`, at most 1s.',
  ),
  rise: {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: DEFAULTS.check.rise,
    description: 'Successes in a row after which a server is up.',
  },
  fall: {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: DEFAULTS.check.fall,
    description: 'Failures in a row after which a server is down.',
  },
  jitter: {
    type: 'number',
    minimum: 0,
    maximum: 0.5,
    default: DEFAULTS.check.jitter,
    description: 'The part of the interval by which it is varied at random.',
  },
  address: {
    type: 'string',
    format: 'address',
    description: "Is checked instead of the server's address.",
  },
  port: {
    type: 'integer',
    minimum: 1,
    maximum: 65_535,
    description: "Is checked instead of the server's port. Servers of port 0 need it, except for `exec`.",
  },
  source: {
    type: 'string',
    format: 'address',
    description: 'The address of this machine that the check comes from.',
  },
}

/** Keys that checks of some kinds have; `kinds.ts` says which. */
export const KIND_CHECK: Readonly<Record<string, Schema>> = {
  method: { type: 'string', format: 'method', default: 'GET', description: 'The method of the request.' },
  path: { type: 'string', format: 'target', default: '/', description: 'The path of the request.' },
  host: {
    type: 'string',
    format: 'host',
    description: 'The Host header, and the name in the TLS handshake. Default: the address that is checked.',
  },
  serverName: {
    type: 'string',
    format: 'host',
    description: 'The name in the TLS handshake (SNI), where it is not that of `host`.',
  },
  statuses: {
    type: 'array',
    minItems: 1,
    items: { type: ['string', 'integer'], format: 'statuses', minimum: 100, maximum: 599 },
    default: ['200-399'],
    description:
      'The statuses that are a success, such as `200` or `300-399`. Redirections are not followed.',
  },
  body: {
    type: 'string',
    format: 'pattern',
    description:
      'A regular expression (of JavaScript) that must match in the first 65536 bytes of the body. Without it the body is not read.',
  },
  verify: {
    type: 'boolean',
    default: true,
    description:
      'Whether the certificate must be valid: of an authority that Node.js knows (`NODE_EXTRA_CA_CERTS` names a file with more), for the name or address, and not expired.',
  },
  send: {
    type: 'string',
    maxLength: 1400,
    default: '',
    description: 'The text that is sent. In double quotes YAML reads `\\n` and `\\x00`.',
  },
  sendHex: {
    type: 'string',
    format: 'hex',
    maxLength: 4200,
    description: 'The bytes that are sent, instead of `send`, in hexadecimal digits.',
  },
  expect: {
    type: 'string',
    format: 'pattern',
    description:
      'A regular expression. `udp`: must match in the answer, each byte of which is one character (without it a server is up that answers, or does not refuse within the timeout). `dns`: must match one of the records, as text.',
  },
  name: { type: 'string', format: 'name', description: 'The domain that is asked for.' },
  type: {
    enum: Object.keys(RECORD_TYPES),
    default: 'A',
    description: 'The type of records that is asked for.',
  },
  command: {
    type: 'array',
    minItems: 1,
    items: { type: 'string', format: 'word' },
    description:
      'The absolute path of the program, and its words. No shell reads them. The environment has `IPVS_CHECK_ADDRESS`, `IPVS_CHECK_PORT`, `IPVS_SERVER_ADDRESS`, `IPVS_SERVER_PORT`, `IPVS_PROTOCOL` (`tcp`, `udp`, `sctp` or `fwmark`), and `IPVS_VIRTUAL_ADDRESS` and `IPVS_VIRTUAL_PORT` or `IPVS_FWMARK`. At the timeout the program is killed. Processes that it has left behind are killed when it ends.',
  },
}
