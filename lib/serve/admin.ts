// Changes from the page and the API: drain, undrain and the weight of a real server. Each needs the token, comes from the
// page of this very server or from no browser, and leaves a line for the audit, also when the token is wrong.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { serverName, serviceLabels } from '../metrics/names.ts'
import { MAX_INT } from '../model/limits.ts'
import { serverKey } from '../model/server-key.ts'
import { serviceKey } from '../model/service.ts'
import { visible } from '../output/visible.ts'
import { RefusalLog } from './refusal-log.ts'
import type { MonitorSource } from './source.ts'

export interface AdminOptions {
  readonly token: string
  readonly source: MonitorSource
  /** Takes a line for the audit. */
  readonly audit: (line: string) => void
}

export interface AdminAnswer {
  readonly status: number
  readonly message: string
}

/** The media type, with or without the one encoding that JSON has (RFC 8259). */
const JSON_TYPE = /^application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i
/** Bytes of a request. */
const LONGEST = 4096
/** Milliseconds for which a wrong token has all others wait. */
const PENALTY = 1000

interface Deed {
  readonly action: 'drain' | 'undrain' | 'weight'
  readonly service: string
  readonly server: string
  readonly weight?: number
}

export class Admin {
  readonly #options: AdminOptions
  /** Weights before a drain, by server. */
  readonly #before = new Map<string, number>()
  readonly #refusals: RefusalLog
  #closedUntil = 0

  constructor(options: AdminOptions) {
    this.#options = options
    this.#refusals = new RefusalLog(options.audit)
  }

  close(): void {
    this.#refusals.close()
  }

  /** @param user the authenticated user, if there is one */
  async answer(request: IncomingMessage, user: string | undefined): Promise<AdminAnswer> {
    const from = `from ${request.socket.remoteAddress ?? 'unknown'}`
    const refusal = this.#refusal(request, user === undefined ? from : `by ${asWord(user)} ${from}`)
    if (refusal !== undefined) return refusal
    const deed = readDeed(await readBody(request))
    if (typeof deed === 'string') return { status: 400, message: deed }
    return await this.#make(deed, `${asWord(user ?? 'token')} ${from}`)
  }

  #refusal({ headers, socket }: IncomingMessage, by: string): AdminAnswer | undefined {
    const scheme = 'encrypted' in socket ? 'https' : 'http'
    const { origin, 'sec-fetch-site': site } = headers
    if (origin === undefined ? site !== undefined : origin !== `${scheme}://${headers.host}`)
      return { status: 403, message: 'not from the page of this server' }
    if (!JSON_TYPE.test(headers['content-type'] ?? ''))
      return { status: 415, message: 'the content type must be application/json' }
    const refused = (status: number, message: string) => {
      this.#refusals.add(`admin: a change ${by}: refused: ${message}`)
      return { status, message }
    }
    if (performance.now() < this.#closedUntil) return refused(429, 'a wrong token was given a moment ago')
    const { 'x-ipvsadm-token': token } = headers
    if (same(String(token ?? ''), this.#options.token)) return undefined
    this.#closedUntil = performance.now() + PENALTY
    return refused(403, token === undefined ? 'no token' : 'wrong token')
  }

  async #make(deed: Deed, by: string): Promise<AdminAnswer> {
    const { source, audit } = this.#options
    const { table } = await source.observe()
    const entry = table.find(({ service }) => serviceKey(service.id) === deed.service)
    const service = entry?.service.id
    const server = entry?.destinations.find(({ id }) => service && serverKey(service, id) === deed.server)
    if (service === undefined || server === undefined)
      return { status: 404, message: 'there is no such server' }
    const old = server.config.weight
    const weight = this.#weight(deed, old)
    if (weight === undefined) return { status: 409, message: 'the weight before is not known: give one' }
    const { protocol, service: name } = serviceLabels(service)
    const said = `${deed.action} ${protocol} ${name} ${serverName(server.id)} weight ${old} -> ${weight}`
    try {
      const config = { ...server.config, weight }
      await source.apply({ kind: 'edit-server', service, server: server.id, config })
    } catch (error) {
      const problem = visible((error as Error).message, 200)
      audit(`admin: ${said} by ${by}: failed: ${problem}`)
      return { status: 502, message: problem }
    }
    if (weight === 0 && old !== 0) this.#before.set(deed.server, old)
    if (weight !== 0) this.#before.delete(deed.server)
    audit(`admin: ${said} by ${by}: done`)
    return { status: 200, message: said }
  }

  #weight({ action, server, weight }: Deed, old: number): number | undefined {
    if (action === 'drain') return 0
    if (action === 'weight' || weight !== undefined) return weight
    return old === 0 ? this.#before.get(server) : old
  }
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** A name that cannot pass for the rest of the line: one of a certificate may have any characters. */
function asWord(name: string): string {
  const text = visible(name)
  return /^[^\s"]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Undefined: it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function readDeed(body: string | undefined): Deed | string {
  if (body === undefined) return `the request has more than ${LONGEST} bytes`
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return 'the request is not JSON'
  }
  if (typeof value !== 'object' || value === null) return 'the request is not an object'
  const { action, service, server, weight, ...others } = value as Record<string, unknown>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `${visible(unknown, 200)}: unknown field`
  if (action !== 'drain' && action !== 'undrain' && action !== 'weight')
    return 'action must be drain, undrain or weight'
  if (typeof service !== 'string' || typeof server !== 'string') return 'service and server must be keys'
  if (weight === undefined) return action === 'weight' ? 'weight is missing' : { action, service, server }
  if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 0 || weight > MAX_INT)
    return `weight must be an integer from 0 to ${MAX_INT}`
  if (action === 'drain') return 'drain takes no weight'
  return { action, service, server, weight }
}
