// The answers to requests. Mounted by `serve`, and by the agent with a source of its own.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import { CONTENT_TYPE, exposition } from '../metrics/exposition.ts'
import { ALL, type Selection, TableMetrics } from '../metrics/families.ts'
import { NodeExporterMetrics } from '../metrics/node-exporter.ts'
import { serviceKey } from '../model/service.ts'
import { formatConnectionsJson, formatTableJson } from '../output/listing-json.ts'
import { sortWholeTable } from '../output/sort.ts'
import { Admin } from './admin.ts'
import { ASSETS } from './assets.ts'
import { batched } from './batched.ts'
import { Feed } from './feed.ts'
import { formatHealthJson } from './health-json.ts'
import { isKnownHost } from './hosts.ts'
import type { Verdict } from './passwords.ts'
import { sendChunks, sendJson, sendText, setCommonHeaders } from './responses.ts'
import { shared } from './shared.ts'
import type { MonitorSource } from './source.ts'

export interface MonitorOptions {
  readonly source: MonitorSource
  /** Names of this server, beside its addresses and localhost. */
  readonly names?: readonly string[]
  readonly selection?: Selection
  /** Checks an `Authorization` header. Absent: all may read. */
  readonly verify?: (header: string | undefined) => Promise<Verdict>
  /** Lets changes be made with this token. */
  readonly admin?: { readonly token: string; readonly audit: (line: string) => void }
  readonly feed?: { readonly interval?: number; readonly most?: number; readonly linger?: number }
}

export interface Monitor {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** Ends the event streams. */
  close(): void
}

/** Milliseconds for which a reading answers others who ask. */
const FRESH = { table: 500, connections: 5000, fleet: 3000 } as const
/** The same in times between two readings of the event streams: a reading is fresh for the shorter of both. */
const FRESH_PARTS = { table: 0.5, fleet: 3 } as const
/** Answers that are being made or read at the same time; event streams have a bound of their own. */
const MOST_AT_ONCE = 64
/** Connections in one answer. */
const MOST_CONNECTIONS = 1000
const LONGEST_PATH = 2048

type Responder = (response: ServerResponse, query: URLSearchParams) => Promise<void> | void

export function monitor(options: MonitorOptions): Monitor {
  const { source, selection = ALL } = options
  const fresh = (what: keyof typeof FRESH_PARTS) =>
    Math.min(FRESH[what], FRESH_PARTS[what] * (options.feed?.interval ?? Number.POSITIVE_INFINITY))
  const observe = shared(fresh('table'), async () => {
    const observation = await source.observe()
    return { ...observation, table: sortWholeTable(observation.table) }
  })
  // Without objects for the entries of the table, which `observe` keeps.
  const scrape = shared(fresh('table'), async () => {
    const metrics = new TableMetrics(selection, source.checked?.())
    return { metrics, director: await source.visit(metrics) }
  })
  const classicScrape = shared(fresh('table'), async () => {
    const metrics = new NodeExporterMetrics(selection)
    return { metrics, director: await source.visit(metrics) }
  })
  const counts = shared(FRESH.connections, async () => await source.counts((await scrape()).metrics.owners))
  const connectionsOf = batched(serviceKey, (services) => source.connections(services, MOST_CONNECTIONS))
  const admin = options.admin && new Admin({ ...options.admin, source })
  const fleet = shared(fresh('fleet'), async () => await source.fleet?.())
  const feed = new Feed({ observe, fleet, admin: admin !== undefined, ...options.feed })
  let atOnce = 0

  const answers: Readonly<Record<string, Responder>> = {
    async '/metrics'(response, query) {
      if (query.has('node-exporter-names')) {
        const { metrics, director } = await classicScrape()
        return await sendChunks(response, CONTENT_TYPE, exposition(metrics.families(director)))
      }
      const { metrics, director } = await scrape()
      const connections = query.has('no-connections') ? undefined : await counts()
      const own = metrics.families({ ...director, connections })
      await sendChunks(response, CONTENT_TYPE, exposition(chain(own, source.families?.() ?? [])))
    },
    async '/api/table'(response) {
      const { table, info } = await observe()
      await sendChunks(response, JSON_TYPE, formatTableJson(table, { lines: false, observed: true, info }))
    },
    async '/api/connections'(response, query) {
      const key = query.get('service')
      const { table } = await observe()
      const entry = table.find(({ service }) => serviceKey(service.id) === key)
      if (entry === undefined) return sendJson(response, 404, errorJson('there is no such service'))
      const { connections, partial } = await connectionsOf(entry.service.id)
      if (partial) response.setHeader('X-Partial', 'true')
      await sendChunks(response, JSON_TYPE, formatConnectionsJson(connections, { lines: false }))
    },
    async '/api/health'(response) {
      await sendChunks(response, JSON_TYPE, formatHealthJson(await observe()))
    },
    async '/api/fleet'(response) {
      const status = await fleet()
      if (status === undefined) return sendJson(response, 404, errorJson('there is no fleet'))
      sendJson(response, 200, `${JSON.stringify(status, null, 2)}\n`)
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setCommonHeaders(response)
    const { method = '', url = '' } = request
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    if (url.length > LONGEST_PATH) return sendText(response, 414, 'the path is too long')
    // Load balancers ask by HTTP/1.0, or by a name of their own.
    if (path === '/healthz') return sendText(response, 200, 'ok')
    if (path === '/readyz') return await ready(response)
    if (!isKnownHost(request.headers.host, options.names ?? []))
      return sendText(response, 421, 'unknown host name; serve --name adds one')
    if (path === '/favicon.ico') return sendText(response, 204, '')
    const verdict = (await options.verify?.(request.headers.authorization)) ?? ANYBODY
    // The client has gone while its password was checked: nothing would tell the end of an event stream.
    if (response.destroyed) return
    if (verdict.kind === 'busy') return overloaded(response)
    if (verdict.kind === 'refused') {
      response.setHeader('WWW-Authenticate', 'Basic realm="ipvsadm", charset="UTF-8"')
      return sendText(response, 401, 'authentication is required')
    }
    if (path === '/api/admin' && admin !== undefined) {
      if (method !== 'POST') return notAllowed(response, 'POST')
      const { status, message } = await admin.answer(request, verdict.user ?? certifiedName(request))
      return sendJson(
        response,
        status,
        status === 200 ? `${JSON.stringify({ message })}\n` : errorJson(message),
      )
    }
    const found = Object.hasOwn(answers, path) ? answers[path] : undefined
    const file = ASSETS.get(path)
    if (found === undefined && file === undefined && path !== '/events')
      return sendText(response, 404, 'there is no such page')
    if (method !== 'GET' && method !== 'HEAD') return notAllowed(response, 'GET, HEAD')
    if (file !== undefined) {
      response.setHeader('Content-Type', file.type)
      response.setHeader('Cache-Control', 'no-cache')
      response.setHeader('ETag', file.tag)
      const same = request.headers['if-none-match'] === file.tag
      response.statusCode = same ? 304 : 200
      response.end(same ? undefined : file.body)
    } else if (found === undefined && feed.full) overloaded(response)
    else if (found === undefined) stream(request, response)
    else if (atOnce >= MOST_AT_ONCE) overloaded(response)
    else {
      atOnce++
      try {
        await found(response, new URLSearchParams(mark < 0 ? '' : url.slice(mark)))
      } finally {
        atOnce--
      }
    }
  }

  async function ready(response: ServerResponse): Promise<void> {
    try {
      await observe()
      sendText(response, 200, 'ok')
    } catch {
      sendText(response, 503, 'the table cannot be read')
    }
  }

  function stream(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8')
    response.setHeader('X-Accel-Buffering', 'no')
    request.socket.setTimeout(0)
    if (request.method === 'HEAD') response.end()
    else feed.add(response)
  }

  return {
    handle(request, response) {
      answer(request, response).catch((error: Error) => {
        if (response.headersSent) response.destroy()
        else sendJson(response, 503, errorJson(error.message))
      })
    },
    close() {
      feed.close()
      admin?.close()
    },
  }
}

/** The name in the certificate of the client, if one was asked for. */
function certifiedName({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket && socket.authorized)) return undefined
  return [socket.getPeerCertificate().subject?.CN].flat()[0]
}

const JSON_TYPE = 'application/json; charset=utf-8'
const ANYBODY = { kind: 'user', user: undefined } as const

const errorJson = (message: string) => `${JSON.stringify({ error: { message } })}\n`

function overloaded(response: ServerResponse): void {
  response.setHeader('Retry-After', '5')
  sendText(response, 503, 'too many requests at the same time')
}

function notAllowed(response: ServerResponse, methods: string): void {
  response.setHeader('Allow', methods)
  sendText(response, 405, 'this method is not allowed here')
}

function* chain<T>(...lists: readonly Iterable<T>[]): Generator<T, void, undefined> {
  for (const list of lists) yield* list
}
