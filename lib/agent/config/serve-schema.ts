// The schema of `serve` in agent.yaml: metrics and the page.
import { DEFAULTS } from './config-defaults.ts'
import { object, type Schema } from './schema-parts.ts'

const path = (description: string): Schema => ({ type: 'string', format: 'path', description })

const scope = (description: string): Schema => ({
  type: 'array',
  minItems: 1,
  items: { type: 'string', format: 'scope' },
  description,
})

export const SERVE_SCHEMA: Schema = {
  ...object({
    listen: {
      type: ['string', 'integer'],
      format: 'listen',
      minimum: 0,
      maximum: 65_535,
      default: DEFAULTS.listen,
      description: 'Where to listen: `PORT` (on localhost), `ADDRESS:PORT`, or `:PORT` for all addresses.',
    },
    names: {
      type: 'array',
      items: { type: 'string', format: 'host' },
      default: [],
      description: 'Names by which browsers may call this server, beside its addresses and its host name.',
    },
    scope: scope('The services of the metrics, as `--scope` takes them. Default: all.'),
    noServers: scope('The services whose servers the metrics leave out.'),
    certificate: path('The certificate, for TLS. Needs `key`.'),
    key: path('The key of the certificate.'),
    clientAuthority: path('The authority of which clients must have a certificate. Needs `certificate`.'),
    users: path('Users and hashes of their passwords, as `ipvsadm serve --hash` prints them.'),
    admin: path(
      'A file with a token: who knows it may drain servers and set weights. On an address that is not localhost it needs `certificate`; with `drift: correct` it is refused, because the agent would take the changes back.',
    ),
  }),
  description:
    'Metrics, the page and the API over HTTP: see [monitoring.md](monitoring.md). Nothing is served without this key; `serve: {}` does so on localhost.',
}
