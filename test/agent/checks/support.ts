// Real servers on loopback addresses, and checks of them.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach } from '@jest/globals'
import type { CheckResult, CheckTarget } from '../../../lib/agent/checks/health-check.ts'
import { runCheck } from '../../../lib/agent/checks/run-check.ts'
import type { ActivePlan } from '../../../lib/agent/config/config.ts'
import { readConfig } from '../../../lib/agent/config/read.ts'
import { familyOf, parseAddress } from '../../../lib/model/address.ts'
import { closedPort as ownClosedPort } from '../../support/ports.ts'

const cleanups: (() => unknown)[] = []

/** Runs after the test. */
export const onEnd = (cleanup: () => unknown): unknown => cleanups.push(cleanup)

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A TCP server that hands each connection to `serve`; resolves to its port. */
export async function tcpServer(serve: (socket: Socket) => void, address = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    serve(socket)
  })
  return await listening(server, address)
}

export async function listening(server: Server, address = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, address)
  await once(server, 'listening')
  onEnd(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return bound.port
}

/** A port of 127.0.0.1 on which nothing listens, until the end of the test. */
export async function closedPort(): Promise<number> {
  const { port, release } = await ownClosedPort()
  onEnd(release)
  return port
}

/** The plan that a configuration has with this check: `kind: tcp, path: /x`. */
export function plan(check: string): ActivePlan {
  const read = readConfig(`rules: /rules\ncheck: { ${check} }`)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  const found = read.config.defaults.check
  if (found.kind === 'none') throw new Error('no check')
  return found
}

export function target(port: number, text = '127.0.0.1'): CheckTarget {
  const address = parseAddress(text)
  const virtual = parseAddress('192.0.2.1')
  if (address === undefined || virtual === undefined) throw new Error('no address')
  const family = familyOf(address)
  return {
    family,
    address,
    port,
    service: { family: 'inet', protocol: 'tcp', address: virtual, port: 80 },
    server: { family, address, port },
  }
}

/** Runs a check to its own end. */
export async function check(text: string, port: number, address?: string): Promise<Omit<CheckResult, 'ms'>> {
  const { ms, ...outcome } = await runCheck(target(port, address), plan(text), new AbortController().signal)
  if (!(ms >= 0)) throw new Error('no time')
  return outcome
}

/** Runs a check that would not end, and gives the signal when `begun` resolves. */
export async function checkUntil(
  begun: Promise<unknown>,
  text: string,
  port: number,
): Promise<Omit<CheckResult, 'ms'>> {
  const controller = new AbortController()
  const result = runCheck(target(port), plan(text), controller.signal)
  await begun
  controller.abort()
  const { ms: _, ...outcome } = await result
  return outcome
}

/** A promise, and the function that resolves it. */
export function event(): { readonly happened: Promise<void>; readonly happen: () => void } {
  let happen = () => {}
  const happened = new Promise<void>((resolve) => {
    happen = resolve
  })
  return { happened, happen }
}
