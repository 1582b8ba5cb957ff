// Plain data against the schema: every error, worded for people.
import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020'
import type { RawClusterSettings } from '../../fleet/fleet-settings.ts'
import { closest } from '../../help/suggest.ts'
import { CONFIG_SCHEMA } from './config-schema.ts'
import type { Path } from './document.ts'
import { FORMATS } from './formats.ts'
import type { RawServe } from './serve-config.ts'

export interface Fault {
  readonly path: Path
  readonly message: string
}

/** A configuration as it is in the file: what the schema lets through. */
export interface RawConfig extends RawPolicy {
  readonly rules: string | { readonly etcd: RawFleetRules }
  readonly scope?: readonly string[]
  readonly interval?: string | number
  readonly socket?: string
  readonly state?: string
  readonly log?: {
    readonly format?: 'logfmt' | 'json'
    readonly level?: 'debug' | 'info' | 'warning' | 'error'
  }
  readonly drift?: 'keep' | 'correct'
  readonly concurrency?: number
  readonly serve?: RawServe
  readonly check?: RawCheck
  readonly scopes?: readonly (RawPolicy & { readonly scope: readonly string[]; readonly check?: RawCheck })[]
  readonly services?: readonly (RawPolicy & { readonly service: string; readonly check?: RawCheck })[]
  readonly servers?: readonly {
    readonly server: string
    readonly service?: string
    readonly check: RawCheck
  }[]
}

export interface RawFleetRules extends RawClusterSettings {
  readonly name?: string
  readonly groups: readonly string[]
  readonly copy?: string
}

export interface RawPolicy {
  readonly down?: 'quiesce' | 'remove'
  readonly minimum?: number
  readonly fallback?: readonly RawFallback[]
  readonly slowStart?: string | number
  readonly drainTimeout?: string | number
}

export interface RawFallback {
  readonly server: string
  readonly forwarding?: 'masquerade' | 'route' | 'tunnel'
  readonly weight?: number
  readonly tunnelType?: 'ipip' | 'gue' | 'gre'
  readonly tunnelPort?: number
}

export interface RawCheck {
  readonly kind?: 'tcp' | 'http' | 'https' | 'udp' | 'dns' | 'exec' | 'agent' | 'none'
  readonly interval?: string | number
  readonly timeout?: string | number
  readonly rise?: number
  readonly fall?: number
  readonly jitter?: number
  readonly address?: string
  readonly port?: number
  readonly source?: string
  readonly method?: string
  readonly path?: string
  readonly host?: string
  readonly serverName?: string
  readonly statuses?: readonly (string | number)[]
  readonly body?: string
  readonly verify?: boolean
  readonly send?: string
  readonly sendHex?: string
  readonly expect?: string
  readonly name?: string
  readonly type?: string
  readonly command?: readonly string[]
}

let compiled: ValidateFunction<RawConfig> | undefined

/** The faults of the data; none: it is a configuration by the schema. */
export function faultsOf(
  value: unknown,
): { readonly raw: RawConfig } | { readonly faults: readonly Fault[] } {
  compiled ??= compile()
  if (compiled(value)) return { raw: value }
  const faults = (compiled.errors ?? []).map((error) => faultOf(error, value))
  return { faults }
}

function compile(): ValidateFunction<RawConfig> {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, verbose: true })
  for (const [name, { test }] of Object.entries(FORMATS)) ajv.addFormat(name, test)
  return ajv.compile<RawConfig>(CONFIG_SCHEMA)
}

function faultOf({ instancePath, keyword, params, parentSchema }: ErrorObject, value: unknown): Fault {
  const path = partsOf(instancePath, value)
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty)
      const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {})
      const near = closest(key, known)
      return {
        path: [...path, key],
        message: `unknown key${near === undefined ? '' : `; did you mean ${near}?`}`,
      }
    }
    case 'required':
      return { path, message: `${params.missingProperty} is missing` }
    case 'enum':
      return { path, message: `must be one of ${params.allowedValues.join(', ')}` }
    case 'format':
      return { path, message: FORMATS[String(params.format)]?.expected ?? `must be a ${params.format}` }
    case 'type':
      return { path, message: `must be ${[params.type].flat().map(typeText).join(' or ')}` }
    case 'minimum':
      return { path, message: `must be at least ${params.limit}` }
    case 'maximum':
      return { path, message: `must be at most ${params.limit}` }
    case 'minItems':
      return { path, message: 'must not be empty' }
    case 'maxLength':
      return { path, message: `must have at most ${params.limit} characters` }
    default:
      return { path, message: `breaks the rule ${keyword}` }
  }
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a map of keys',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
}

const typeText = (type: string) => TYPES[type] ?? type

/** A JSON pointer → its parts; in lists numbers. */
function partsOf(pointer: string, value: unknown): Path {
  const parts: (string | number)[] = []
  let at: unknown = value
  for (const escaped of pointer.split('/').slice(1)) {
    const part = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    parts.push(Array.isArray(at) ? Number(part) : part)
    at = (at as Readonly<Record<string, unknown>>)[part]
  }
  return parts
}
