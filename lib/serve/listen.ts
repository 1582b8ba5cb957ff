// The HTTP server: where it listens, and its bounds against slow clients, many clients and huge headers.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { inTurn } from './in-turn.ts'
import type { ListenAddress } from './listen-address.ts'

export interface TlsFiles {
  readonly cert: Uint8Array
  readonly key: Uint8Array
  /** Clients must have a certificate of this authority. */
  readonly clientAuthority?: Uint8Array | undefined
}

export const LIMITS = {
  maxHeaderSize: 16 * 1024,
  /** Milliseconds for all headers, and for a whole request. */
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
}
const MOST_SOCKETS = 2048
/** Milliseconds without a byte, of sockets that are no event stream. */
const IDLE = 30_000

/** Resolves when it listens; rejects if the address or the certificates cannot be used. */
export async function listen(
  { host, port }: ListenAddress,
  handle: RequestListener,
  tls: TlsFiles | undefined,
  limits: Partial<typeof LIMITS> = {},
): Promise<Server> {
  const bounds = { ...LIMITS, ...limits }
  const listener = inTurn(handle)
  const server =
    tls === undefined
      ? createServer(bounds, listener)
      : createTlsServer(
          { ...bounds, handshakeTimeout: bounds.headersTimeout, ...secureContext(tls) },
          listener,
        )
  server.maxConnections = MOST_SOCKETS
  server.maxRequestsPerSocket = 10_000
  server.setTimeout(IDLE)
  try {
    await listening(server, host, port)
  } catch (error) {
    // A kernel without IPv6: all addresses are those of IPv4.
    if (host !== '::' || (error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT') throw error
    await listening(server, '0.0.0.0', port)
  }
  // A connection that could not be accepted, for lack of descriptors, does not end the process.
  server.on('error', () => {})
  return server
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 511 }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

/** The options of TLS. Throws if the certificate, its key or the authority cannot be used. */
export function secureContext({ cert, key, clientAuthority }: TlsFiles) {
  const options = {
    cert: Buffer.from(cert),
    key: Buffer.from(key),
    minVersion: 'TLSv1.2',
    ...(clientAuthority !== undefined && {
      ca: Buffer.from(clientAuthority),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  } as const
  try {
    createSecureContext(options)
  } catch (error) {
    const { message } = error as Error
    throw new Error(`the certificate, its key or the authority cannot be used: ${message}`)
  }
  return options
}

/** The address of a server as a link, with the port that it has got. */
export function linkTo(server: Server, tls: boolean): string {
  const { address, port } = server.address() as AddressInfo
  return `${tls ? 'https' : 'http'}://${isIP(address) === 6 ? `[${address}]` : address}:${port}/`
}
