// docs/agent-config.md and docs/agent-config.schema.json, from the schema of the agent's configuration.

import { CONFIG_SCHEMA } from '../lib/agent/config/config-schema.ts'
import { KIND_KEYS } from '../lib/agent/config/kinds.ts'
import type { Schema } from '../lib/agent/config/schema-parts.ts'

/** The JSON schema for editors. Formats are the program's own; editors pass over them. */
export const schemaFile = (): string =>
  // Lists of words are on one line, as Biome formats them.
  `${JSON.stringify(CONFIG_SCHEMA, null, 2).replace(/\[\n[^[\]{}]*\]/g, (list) =>
    list.replace(/\[\s+/, '[').replace(/\s+\]/, ']').replace(/,\s+/g, ', '),
  )}\n`

export function configPage(): string {
  const { properties, $defs } = CONFIG_SCHEMA as unknown as Schema & {
    readonly $defs: Readonly<Record<'check' | 'etcd' | 'fallback', Schema>>
  }
  const lists = ['scopes', 'services', 'servers']
  const parts = [
    HEAD,
    table(properties, (key) => !lists.includes(key) && key !== 'serve'),
    '## Metrics and the page: `serve`\n',
    `${properties?.serve?.description}\n`,
    table(properties?.serve?.properties),
    '## Parts of the table\n',
    ...lists.map((name) => list(name, properties?.[name])),
    '## Checks\n',
    `${$defs.check.description}\n`,
    table($defs.check.properties, (key) => !(key in KEY_KINDS)),
    'Keys of some kinds only:\n',
    table($defs.check.properties, (key) => key in KEY_KINDS, true),
    PATTERNS,
    '## Fallback servers\n',
    table($defs.fallback.properties),
    '## Rules from etcd\n',
    `${$defs.etcd.description}\n`,
    ETCD,
    table($defs.etcd.properties),
    FOOT,
  ]
  return parts.join('\n')
}

/** The kinds of checks that have a key. */
const KEY_KINDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...new Set(Object.values(KIND_KEYS).flat())].map((key) => [
    key,
    Object.entries(KIND_KEYS)
      .filter(([, keys]) => keys.includes(key))
      .map(([kind]) => kind),
  ]),
)

function list(name: string, schema: Schema | undefined): string {
  const { description, items } = schema ?? {}
  const policy = ['down', 'minimum', 'fallback', 'slowStart', 'drainTimeout']
  const own = table(items?.properties, (key) => !policy.includes(key))
  const inherits =
    items?.properties?.down === undefined
      ? ''
      : `\nBeside these, ${policy.map((key) => `\`${key}\``).join(', ')}, as above; what is left out is as above too.\n`
  return `### \`${name}\`\n\n${description}\n\n${own}${inherits}`
}

function table(
  properties: Schema['properties'] = {},
  has: (key: string) => boolean = () => true,
  kinds = false,
): string {
  const rows = Object.entries(properties)
    .filter(([key]) => has(key))
    .map(([key, schema]) => {
      const of = kinds ? ` ${KEY_KINDS[key]?.map((kind) => `\`${kind}\``).join(', ')} |` : ''
      return `| \`${key}\` |${of} ${valueText(schema)} | ${presetText(schema)} | ${descriptionOf(schema)} |`
    })
  const head = kinds
    ? '| key | kinds | value | default | |\n| --- | --- | --- | --- | --- |'
    : '| key | value | default | |\n| --- | --- | --- | --- |'
  return `${[head, ...rows].join('\n')}\n`
}

function descriptionOf({ description, properties }: Schema): string {
  const own = Object.entries(properties ?? {}).filter(([, { $ref }]) => $ref === undefined)
  const inner = own.map(
    ([key, schema]) =>
      `\`${key}\` (${valueText(schema)}; default ${presetText(schema)}): ${schema.description}`,
  )
  return [description ?? 'As above.', ...inner].join(' ')
}

const presetText = ({ default: preset }: Schema) =>
  preset === undefined ? '' : `\`${typeof preset === 'string' ? preset || '""' : JSON.stringify(preset)}\``

const FORMAT_TEXTS: Readonly<Record<string, string>> = {
  duration: 'time',
  path: 'absolute path',
  address: 'address',
  endpoint: '`ADDRESS[:PORT]`',
  server: '`ADDRESS:PORT`',
  service: 'service',
  scope: 'scope',
  listen: '`[ADDRESS:]PORT`',
  host: 'name of a host',
  statuses: 'status or range',
  pattern: 'regular expression',
  hex: 'hexadecimal digits',
  'fleet-name': 'name',
  member: '`HOST:PORT`',
}

function valueText({ type, format, enum: words, items, minimum, maximum, $ref }: Schema): string {
  if ($ref !== undefined) return $ref === '#/$defs/check' ? '[check](#checks)' : '[server](#fallback-servers)'
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ')
  if (items !== undefined) return `list: ${items.properties === undefined ? valueText(items) : 'entries'}`
  if (format !== undefined) {
    const text = FORMAT_TEXTS[format] ?? 'text'
    return type?.includes('object') ? `${text}, or keys` : text
  }
  if (type === 'boolean') return '`true`, `false`'
  if (type === 'object') return 'keys'
  if (type === 'string') return 'text'
  return minimum === undefined ? 'number' : `${minimum} to ${maximum}`
}

const HEAD = `# The configuration of the agent

\`/etc/ipvsadm/agent.yaml\` is YAML 1.2, encoded in UTF-8. Only \`rules\` is required. Unknown keys are refused; \`ipvsadm agent
check\` reports every error with its line and path. [agent.md](agent.md) describes the agent.
[agent-config.schema.json](agent-config.schema.json) is the same as a JSON schema, for editors; this page is made from it.

A *time* is a number of seconds, or text such as \`500ms\`, \`2s\`, \`5m\`, \`1h\`, up to a day. A *service* is
\`tcp 192.0.2.1:80\`, \`udp [2001:db8::1]:53\`, \`sctp ...\`, \`fwmark 1\` or \`fwmark 1 inet6\`. A *scope* is a network
(\`192.0.2.0/24\`), a protocol or \`fwmark:1-99\`, as \`--scope\` takes it.

\`\`\`yaml
rules: /etc/ipvsadm.rules
check:
  kind: http
  path: /health
  interval: 2s
fallback:
  - server: 127.0.0.1
services:
  - service: udp 192.0.2.53:53
    check: { kind: dns, name: www.example.com }
    fallback: []
\`\`\`

Examples: [NAT](examples/nat.yaml), [direct routing](examples/dr.yaml), [tunnels](examples/tun.yaml).

## Keys at the top
`

const PATTERNS = `A search for a regular expression is given up after 100 ms, and the check has failed. Most take less than one, but some
expressions, such as \`(a+)+$\`, take hours with a text that is made for it, by an attacker or by accident; no other check would run
meanwhile. (The bound is that of \`node:vm\`, which costs a tenth of a millisecond; an expression without \`* + ? { |\` needs none.)
`

const ETCD = `\`\`\`yaml
rules:
  etcd:
    groups: [web]
    endpoints: [https://etcd1.example.net:2379, https://etcd2.example.net:2379]
    ca: /etc/ipvsadm/etcd-ca.pem
    login: /etc/ipvsadm/etcd-login
\`\`\`
`

const FOOT = `## Which entry counts

For the check of a server: the first entry of \`servers\` that matches; then that of \`services\`; then the first of \`scopes\`;
then \`check\` at the top. For what happens to the servers of a service: the same without \`servers\`. Entries are not mixed, but
each takes what it leaves out from the top.
`
