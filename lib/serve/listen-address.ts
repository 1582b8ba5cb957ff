// The address that `--listen` names.
import { BlockList, isIP } from 'node:net'

export interface ListenAddress {
  readonly host: string
  readonly port: number
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
