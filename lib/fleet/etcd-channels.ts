// Connections to the members of a cluster: one a member, made when it is used. Calls go to one member until it fails, then
// to the next. Users log in with name and password and send the token with each call.
import { type ChannelCredentials, Client, credentials, Metadata } from '@grpc/grpc-js'
import { mayPass, storeError } from './etcd-errors.ts'
import { AUTHENTICATE } from './etcd-messages.ts'
import {
  type DecodedMessage,
  decodeMessage,
  type Encodable,
  encodeMessage,
  type MessageType,
} from './protobuf.ts'
import { StoreError } from './store.ts'

export interface ClusterSettings {
  /** `HOST:PORT`, with https:// in front for TLS. */
  readonly endpoints: readonly string[]
  readonly tls?: {
    /** In PEM; undefined: the authorities of the system. */
    readonly authority: Uint8Array | undefined
    readonly certificate: Uint8Array | undefined
    readonly key: Uint8Array | undefined
  }
  readonly login?: { readonly name: string; readonly password: string }
}

export interface Call<Q extends MessageType, A extends MessageType> {
  readonly path: string
  readonly request: Q
  readonly answer: A
}

/** Milliseconds in which a member must answer. */
export const PATIENCE = 5000

/** Milliseconds for which members that have no leader are asked again. etcd elects one within a second or few. */
const ELECTION = 15_000
const PAUSE = 300

const OPTIONS = {
  // The connection is direct, whatever the environment says.
  'grpc.enable_http_proxy': 0,
  // etcd's own limits apply.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // A network that is cut is noticed after 15 seconds. etcd allows a ping every 5.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.service_config_disable_resolution': 1,
}

export class EtcdChannels {
  readonly #settings: ClusterSettings
  readonly #credentials: ChannelCredentials
  readonly #clients = new Map<string, Client>()
  #at = 0
  #closed = false
  #token: Promise<string | undefined> | undefined

  constructor(settings: ClusterSettings) {
    this.#settings = settings
    const { tls, endpoints } = settings
    const encrypted = tls !== undefined || endpoints.some((endpoint) => endpoint.startsWith('https:'))
    const pem = (bytes: Uint8Array | undefined) => (bytes === undefined ? null : Buffer.from(bytes))
    this.#credentials = encrypted
      ? credentials.createSsl(pem(tls?.authority), pem(tls?.key), pem(tls?.certificate))
      : credentials.createInsecure()
  }

  /** Calls that are under way fail, or end by their deadline; they are not made again. */
  close(): void {
    this.#closed = true
    for (const client of this.#clients.values()) client.close()
    this.#clients.clear()
  }

  /** The connection to the member that is used now. */
  get client(): Client {
    const endpoint = this.#settings.endpoints[this.#at]!
    let client = this.#clients.get(endpoint)
    if (client === undefined) {
      client = new Client(endpoint.replace(/^https?:\/\//, ''), this.#credentials, OPTIONS)
      this.#clients.set(endpoint, client)
    }
    return client
  }

  /** Uses the next member, unless that has been done since `failed` was used. */
  moveOn(failed: Client): void {
    if (!this.#closed && this.client === failed) this.#at = (this.#at + 1) % this.#settings.endpoints.length
  }

  /** Asks one member after the other until one answers; again, as long as a leader may just be being elected. */
  async ask<Q extends MessageType, A extends MessageType>(
    call: Call<Q, A>,
    values: Encodable<Q['fields']>,
  ): Promise<DecodedMessage<A['fields']>> {
    const end = performance.now() + ELECTION
    for (;;) {
      const round = await this.#askEach(call, values)
      if ('answer' in round) return round.answer
      if (this.#closed || !round.mayPass || performance.now() > end) {
        throw new StoreError('unavailable', `no member of the cluster answers: ${round.problems.join('; ')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }

  async #askEach<Q extends MessageType, A extends MessageType>(
    call: Call<Q, A>,
    values: Encodable<Q['fields']>,
  ): Promise<
    | { readonly answer: DecodedMessage<A['fields']> }
    | { readonly problems: readonly string[]; readonly mayPass: boolean }
  > {
    const problems: string[] = []
    let anyMayPass = false
    let renewed = false
    while (problems.length < this.#settings.endpoints.length && !this.#closed) {
      const { client } = this
      const endpoint = this.#settings.endpoints[this.#at]!
      try {
        return { answer: await this.#askMember(client, call, values, await this.metadata()) }
      } catch (cause) {
        const error = storeError(cause as Error)
        if (error.failure === 'unauthenticated' && this.#settings.login !== undefined && !renewed) {
          renewed = true
          this.forgetToken()
        } else if (error.failure === 'unavailable') {
          problems.push(`${endpoint}: ${error.message}`)
          anyMayPass ||= mayPass(cause as Error)
          this.moveOn(client)
        } else throw error
      }
    }
    return { problems, mayPass: anyMayPass }
  }

  /** The token expired, or the cluster forgot it. */
  forgetToken(): void {
    this.#token = undefined
  }

  /** Metadata of each call. */
  async metadata(): Promise<Metadata> {
    const metadata = new Metadata()
    const { login } = this.#settings
    if (login === undefined) return metadata
    this.#token ??= this.#logIn(login)
    try {
      const token = await this.#token
      if (token !== undefined) metadata.set('token', token)
    } catch (error) {
      this.forgetToken()
      throw error
    }
    return metadata
  }

  /** Undefined: the cluster has no users. */
  async #logIn(login: { readonly name: string; readonly password: string }): Promise<string | undefined> {
    try {
      return (await this.#askMember(this.client, AUTHENTICATE, login, new Metadata())).token
    } catch (error) {
      if ((error as Error).message.includes('authentication is not enabled')) return undefined
      throw error
    }
  }

  #askMember<Q extends MessageType, A extends MessageType>(
    client: Client,
    { path, request, answer }: Call<Q, A>,
    values: Encodable<Q['fields']>,
    metadata: Metadata,
  ): Promise<DecodedMessage<A['fields']>> {
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        (given: Encodable<Q['fields']>) => Buffer.from(encodeMessage(request, given)),
        (bytes) => decodeMessage(answer, bytes) as DecodedMessage<A['fields']>,
        values,
        metadata,
        { deadline: Date.now() + PATIENCE },
        (error, value) => (error === null ? resolve(value!) : reject(error)),
      )
    })
  }
}
