// The HTTP server: where it listens, and its bounds against slow clients, many clients and huge headers.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, BlockList, isIP } from 'node:net'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export interface TlsFiles {
  readonly cert: Uint8Array
  readonly key: Uint8Array
  /** Clients must have a certificate of this authority. */
  readonly clientAuthority?: Uint8Array | undefined
}

/** `ADDRESS:PORT`, `[ADDRESS]:PORT`, `:PORT` (all addresses) or `PORT` (localhost); undefined if it is none of them. */
export function parseListen(text: string): ListenAddress | undefined {
  const [, address, number] = /^(?:(\[[^\]]*\]|[^:]*):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(number)
  if (number === undefined || port > 65535) return undefined
  if (address === undefined) return { host: '127.0.0.1', port }
  if (address === '') return { host: '::', port }
  const host = address.replace(/^\[(.*)\]$/, '$1')
  return isIP(host) === 0 || (isIP(host) === 6) !== address.startsWith('[') ? undefined : { host, port }
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

export const isLoopback = ({ host }: ListenAddress): boolean =>
  LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  /** Milliseconds for all headers, and for a whole request. */
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
} as const
const MOST_SOCKETS = 2048
/** Milliseconds without a byte, of sockets that are no event stream. */
const IDLE = 30_000

/** Resolves when it listens; rejects if the address cannot be used. */
export async function listen(
  { host, port }: ListenAddress,
  handle: RequestListener,
  tls: TlsFiles | undefined,
): Promise<Server> {
  const server =
    tls === undefined
      ? createServer(LIMITS, handle)
      : createTlsServer(
          {
            ...LIMITS,
            cert: Buffer.from(tls.cert),
            key: Buffer.from(tls.key),
            minVersion: 'TLSv1.2',
            handshakeTimeout: LIMITS.headersTimeout,
            ...(tls.clientAuthority !== undefined && {
              ca: Buffer.from(tls.clientAuthority),
              requestCert: true,
              rejectUnauthorized: true,
            }),
          },
          handle,
        )
  server.maxConnections = MOST_SOCKETS
  server.maxRequestsPerSocket = 10_000
  server.setTimeout(IDLE)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 511 }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
  return server
}

/** The address of a server as a link, with the port that it has got. */
export function linkTo(server: Server, tls: boolean): string {
  const { address, port } = server.address() as AddressInfo
  return `${tls ? 'https' : 'http'}://${isIP(address) === 6 ? `[${address}]` : address}:${port}/`
}
