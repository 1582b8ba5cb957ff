// `serve` of the configuration, read: where the monitor listens, what it shows, and the files that say who may use it.
import { isLoopback, parseListen } from '../../serve/listen-address.ts'
import type { ServeConfig } from './config.ts'
import { DEFAULTS } from './config-defaults.ts'
import { readScope } from './formats.ts'

/** As it is in the file: what the schema lets through. */
export interface RawServe {
  readonly listen?: string | number
  readonly names?: readonly string[]
  readonly scope?: readonly string[]
  readonly noServers?: readonly string[]
  readonly certificate?: string
  readonly key?: string
  readonly clientAuthority?: string
  readonly users?: string
  readonly admin?: string
}

export interface ServeFault {
  readonly key: keyof RawServe
  readonly message: string
}

/** @param drift what the configuration says about changes that others make */
export function readServe(
  raw: RawServe,
  drift: 'keep' | 'correct',
): { readonly serve: ServeConfig; readonly faults: readonly ServeFault[] } {
  const { listen = DEFAULTS.listen, names = [], certificate, key, clientAuthority, users, admin } = raw
  const address = parseListen(String(listen)) ?? { host: '127.0.0.1', port: 0 }
  const faults: ServeFault[] = []
  const fault = (of: keyof RawServe, message: string) => faults.push({ key: of, message })
  if (certificate !== undefined && key === undefined) fault('certificate', 'needs key')
  if (key !== undefined && certificate === undefined) fault('key', 'needs certificate')
  if (clientAuthority !== undefined && certificate === undefined)
    fault('clientAuthority', 'needs certificate')
  if (admin !== undefined && drift === 'correct') {
    fault('admin', 'needs drift: keep; with drift: correct the agent takes changes back')
  }
  if (admin !== undefined && certificate === undefined && !isLoopback(address)) {
    fault('admin', 'needs certificate and key, except on localhost: it is a secret')
  }
  const files = { certificate, key, authority: clientAuthority, users, token: admin }
  const serve = {
    address,
    names,
    scope: raw.scope && readScope(raw.scope),
    withoutServers: raw.noServers && readScope(raw.noServers),
    files,
  }
  return { serve, faults }
}
