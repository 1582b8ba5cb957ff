// The keys that each kind of check has beside those of all kinds, and how its plan is made of them.
import { type Address, familyOf } from '../../model/address.ts'
import { RECORD_TYPES, type RecordType } from '../../system/names/dns-messages.ts'
import type { CheckKind, CheckPlan, CommonPlan } from './config.ts'
import { DEFAULTS, presetTimeout } from './config-defaults.ts'
import { readDuration, readPattern, readStatuses } from './formats.ts'
import type { RawCheck } from './validate.ts'

const COMMON_KEYS = [
  'interval',
  'timeout',
  'rise',
  'fall',
  'jitter',
  'address',
  'port',
  'source',
] as const satisfies readonly (keyof RawCheck)[]

const HTTP_KEYS = ['method', 'path', 'host', 'statuses', 'body'] as const

export const KIND_KEYS: Readonly<
  Record<CheckKind, readonly Exclude<keyof RawCheck, (typeof COMMON_KEYS)[number]>[]>
> = {
  tcp: [],
  http: HTTP_KEYS,
  https: [...HTTP_KEYS, 'serverName', 'verify'],
  udp: ['send', 'sendHex', 'expect'],
  dns: ['name', 'type', 'expect'],
  exec: ['command'],
  agent: ['send'],
  none: [],
}

const LEAST_INTERVAL = 100

/** The settings of an entry, with those of the defaults where it has none of its own. */
export function inherit(defaults: RawCheck, own: RawCheck): RawCheck {
  const kind = own.kind ?? defaults.kind
  const isHttp = (kind: CheckKind | undefined) => kind === 'http' || kind === 'https'
  if (kind === defaults.kind) return { ...defaults, ...own }
  const keys: readonly string[] =
    isHttp(kind) && isHttp(defaults.kind) ? [...COMMON_KEYS, ...HTTP_KEYS] : COMMON_KEYS
  const kept = Object.fromEntries(Object.entries(defaults).filter(([key]) => keys.includes(key)))
  return { ...kept, ...own }
}

/** A fault of one key of a check, or of all of it. */
export interface CheckFault {
  readonly key?: keyof RawCheck
  readonly message: string
}

/**
 * The plan of a check with all its settings.
 * @param own the settings that are in the entry itself
 */
export function planOf(
  raw: RawCheck,
  own: RawCheck,
): { plan: CheckPlan } | { faults: readonly CheckFault[] } {
  const kind = raw.kind ?? DEFAULTS.check.kind
  const faults: CheckFault[] = []
  const known: readonly string[] = ['kind', ...COMMON_KEYS, ...KIND_KEYS[kind]]
  for (const key of Object.keys(own) as (keyof RawCheck)[]) {
    if (known.includes(key)) continue
    const kinds = Object.entries(KIND_KEYS).filter(([, keys]) => (keys as readonly string[]).includes(key))
    faults.push({
      key,
      message: `is for ${kinds.map(([name]) => name).join(', ')}, but the kind is ${kind}`,
    })
  }
  const common = commonPlan(raw)
  if (common.interval < LEAST_INTERVAL) faults.push({ key: 'interval', message: 'must be at least 100ms' })
  else if (common.timeout < 1) faults.push({ key: 'timeout', message: 'must be at least 1ms' })
  else if (common.timeout >= common.interval) {
    const key = own.timeout === undefined ? 'interval' : 'timeout'
    faults.push({
      key,
      message: `the timeout (${common.timeout}ms) must be less than the interval (${common.interval}ms)`,
    })
  }
  const { address, source } = common
  if (address !== undefined && source !== undefined && familyOf(address) !== familyOf(source)) {
    faults.push({ key: 'source', message: `must be of the family of ${address}` })
  }
  if (kind === 'dns' && raw.name === undefined) faults.push({ message: 'name is missing' })
  if (kind === 'exec' && raw.command === undefined) faults.push({ message: 'command is missing' })
  if (kind === 'exec' && raw.command !== undefined && !raw.command[0]?.startsWith('/')) {
    faults.push({ key: 'command', message: 'must begin with the absolute path of a program' })
  }
  if (raw.method === 'HEAD' && raw.body !== undefined) {
    faults.push({ key: 'body', message: 'the answer to HEAD has no body' })
  }
  if (raw.send !== undefined && raw.sendHex !== undefined) {
    faults.push({ key: 'sendHex', message: 'send is given too' })
  }
  return faults.length > 0 ? { faults } : { plan: kindPlan(kind, raw, common) }
}

function commonPlan(raw: RawCheck): CommonPlan {
  const interval = timeOf(raw.interval) ?? DEFAULTS.check.interval
  return {
    interval,
    timeout: timeOf(raw.timeout) ?? presetTimeout(interval),
    rise: raw.rise ?? DEFAULTS.check.rise,
    fall: raw.fall ?? DEFAULTS.check.fall,
    jitter: raw.jitter ?? DEFAULTS.check.jitter,
    address: raw.address as Address | undefined,
    port: raw.port,
    source: raw.source as Address | undefined,
  }
}

const timeOf = (value: string | number | undefined) => (value === undefined ? undefined : readDuration(value))
const patternOf = (text: string | undefined) => (text === undefined ? undefined : readPattern(text))

function kindPlan(kind: CheckKind, raw: RawCheck, common: CommonPlan): CheckPlan {
  switch (kind) {
    case 'none':
      return { kind }
    case 'tcp':
      return { kind, ...common }
    case 'http':
    case 'https':
      return {
        kind,
        ...common,
        method: raw.method ?? 'GET',
        path: raw.path ?? '/',
        host: raw.host,
        serverName: raw.serverName,
        statuses: (raw.statuses ?? ['200-399']).map(readStatuses).filter((range) => range !== undefined),
        body: patternOf(raw.body),
        verify: raw.verify ?? true,
      }
    case 'udp':
      return { kind, ...common, send: bytesOf(raw), expect: patternOf(raw.expect) }
    case 'dns':
      return {
        kind,
        ...common,
        name: raw.name ?? '.',
        type: isRecordType(raw.type) ? raw.type : 'A',
        expect: patternOf(raw.expect),
      }
    case 'exec':
      return { kind, ...common, command: raw.command ?? [] }
    case 'agent':
      return { kind, ...common, send: raw.send ?? '' }
  }
}

const isRecordType = (type: string | undefined): type is RecordType =>
  type !== undefined && Object.hasOwn(RECORD_TYPES, type)

/** The bytes of `sendHex`, or those of `send` in UTF-8. */
function bytesOf({ send = '', sendHex }: RawCheck): Uint8Array {
  return new Uint8Array(
    sendHex === undefined ? Buffer.from(send) : Buffer.from(sendHex.replace(/\s/g, ''), 'hex'),
  )
}
