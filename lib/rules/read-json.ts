// A JSON document → Ruleset: the output of `-S --json` and `-L --json`, or a hand-written part of it. See docs/json.md.

import { RULES } from '../grammar/refusals.ts'
import { DESTINATION, INFO, SERVICE, TIMEOUTS } from '../ipvs/schema.ts'
import { familyOf } from '../model/address.ts'
import type { Change } from '../model/change.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../model/defaults.ts'
import type { DestinationConfiguration, DestinationId } from '../model/destination.ts'
import type { SyncDaemon } from '../model/director.ts'
import { SVC_F } from '../model/flags.ts'
import { type Rule, serverLegality, serviceLegality } from '../model/legality.ts'
import { DEFAULT_PERSISTENCE, MAX_INT, MAX_UINT } from '../model/limits.ts'
import { hostNetmask } from '../model/netmask.ts'
import { normalServer } from '../model/normal-form.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId } from '../model/service.ts'
import { DOCUMENT_FORMAT } from '../output/listing-json.ts'
import { FieldError, Fields } from './json-fields.ts'
import { objectLines } from './json-lines.ts'
import { type JsonFault, scanJson } from './json-syntax.ts'
import type { LocatedProblem, ReadRules } from './read-lines.ts'
import { RulesetBuilder } from './ruleset-builder.ts'

/** Characters of a line that a message shows: a document may be one line. */
const SHOWN = 200

/** Reads a whole document. Never throws because of its contents. */
export function readDocument(text: string): ReadRules {
  const lines = text.split('\n')
  const textOf = (line: number) => {
    const whole = lines[line - 1]
    return whole === undefined || whole.length <= SHOWN ? whole : `${whole.slice(0, SHOWN)}…`
  }
  const errors: LocatedProblem[] = []
  const warnings: LocatedProblem[] = []
  const builder = new RulesetBuilder()
  const add = (severity: 'error' | 'warning', message: string, line: number) => {
    const problems = severity === 'error' ? errors : warnings
    problems.push({ severity, message, line, text: textOf(line) ?? '' })
  }
  const parsed = parseJson(text)
  if ('problem' in parsed) {
    add('error', parsed.problem, parsed.line)
  } else {
    const lineOf = objectLines(parsed.value, parsed.starts)
    for (const { change, line, refusal } of changesOf(parsed.value, lineOf)) {
      if (refusal !== undefined) add('error', refusal, line)
      const problem = change && builder.add(change, line)
      if (problem !== undefined) add(problem.severity, problem.message, line)
    }
  }
  return { ruleset: builder, textOf, errors, warnings }
}

function parseJson(
  text: string,
): { readonly value: unknown; readonly starts: readonly number[] } | JsonFault {
  const scanned = scanJson(text)
  if (!Array.isArray(scanned)) return { ...scanned, problem: `not JSON: ${scanned.problem}` }
  try {
    return { value: JSON.parse(text), starts: scanned }
  } catch {
    return { problem: 'nested too deeply', line: 1 }
  }
}

/** One item of a document: a change or a refusal. */
interface DocumentStep {
  readonly line: number
  readonly change?: Change
  readonly refusal?: string
}

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const

type LineOf = (value: object) => number

/** The document's keys beside those that hold lists. */
const IGNORED: readonly string[] = Object.keys(INFO.schema.all)

function* changesOf(document: unknown, lineOf: LineOf): Generator<DocumentStep, void, undefined> {
  const fields = new Fields(document, '')
  yield* attempt(1, () => {
    const format = fields.integer('format', 1, Number.MAX_SAFE_INTEGER) ?? DOCUMENT_FORMAT
    if (format > DOCUMENT_FORMAT) throw new FieldError(`format ${format} is newer than ${DOCUMENT_FORMAT}`)
    fields.skip(IGNORED)
    return undefined
  })
  for (const [service, path] of fields.list('services')) yield* serviceSteps(service, path, lineOf)
  const timeouts = fields.object('timeouts')
  if (timeouts !== undefined) {
    yield* attempt(lineOf(timeouts.source), () => ({ kind: 'set', timeouts: readTimeouts(timeouts) }))
  }
  for (const [daemon, path] of fields.list('daemons')) {
    const at = new Fields(daemon, path)
    yield* attempt(lineOf(at.source), () => ({ kind: 'start-daemon', daemon: readDaemon(at) }))
  }
  yield* attempt(1, () => {
    fields.end()
    return undefined
  })
}

/** The result of `work`: its change, none, or its refusal. */
function* attempt(line: number, work: () => Change | undefined): Generator<DocumentStep, void, undefined> {
  try {
    const change = work()
    if (change) yield { line, change }
  } catch (error) {
    if (!(error instanceof FieldError)) throw error
    yield { line, refusal: error.message }
  }
}

function* serviceSteps(
  value: unknown,
  path: string,
  lineOf: LineOf,
): Generator<DocumentStep, void, undefined> {
  const fields = new Fields(value, path)
  let service: ServiceId | undefined
  yield* attempt(lineOf(fields.source), () => {
    service = readServiceId(fields)
    const config = readServiceConfig(fields, service)
    fields.skip(Object.keys(SERVICE.schema.observed))
    fields.end(['destinations'])
    return { kind: 'add-service', service, config }
  })
  if (service === undefined) return
  const of = service
  for (const [destination, at] of fields.list('destinations')) {
    const inner = new Fields(destination, at)
    yield* attempt(lineOf(inner.source), () => ({
      kind: 'add-server',
      service: of,
      ...readServer(inner, of),
    }))
  }
}

function readServiceId(fields: Fields): ServiceId {
  const fwmark = fields.integer('fwmark', 1, MAX_UINT)
  const family = fields.word('family', ['inet', 'inet6'])
  if (fwmark !== undefined) return { family: family ?? 'inet', fwmark }
  const protocol = fields.required('protocol', fields.word('protocol', PROTOCOLS))
  const address = fields.required('address', fields.address('address'))
  if (family !== undefined && family !== familyOf(address)) fields.refuse('family', `not that of ${address}`)
  return { family: familyOf(address), protocol, address, port: fields.integer('port', 0, 65535) ?? 0 }
}

function readServiceConfig(fields: Fields, id: ServiceId): ServiceConfiguration {
  const scheduler = fields.name('scheduler') || SERVICE_DEFAULTS.scheduler
  const flags = fields.serviceFlags('flags', scheduler)
  const persistent = (flags & SVC_F.PERSISTENT) !== 0
  const config: ServiceConfiguration = {
    scheduler,
    flags,
    timeout:
      fields.integer('timeout', 0, MAX_UINT) ?? (persistent ? DEFAULT_PERSISTENCE : SERVICE_DEFAULTS.timeout),
    netmask: fields.netmask('netmask', id.family) ?? hostNetmask(id.family),
    engine: fields.name('engine') ?? SERVICE_DEFAULTS.engine,
  }
  checkRule(fields, serviceLegality(id, config, fields.boolean('raw')))
  return config
}

/** The field to which a rule applies. */
const RULE_FIELDS: Readonly<Record<Rule, string>> = {
  'reserved-flag': 'flags',
  'wildcard-port': 'port',
  'one-packet': 'flags',
  timeout: 'timeout',
  family: 'address',
  'tunnel-port': 'tunnelPort',
  port: 'port',
  threshold: 'upperThreshold',
  checksum: 'tunnelFlags',
}

function checkRule(fields: Fields, rule: Rule | undefined): void {
  if (rule === 'tunnel-port') fields.refuse(RULE_FIELDS[rule], 'is missing: a gue tunnel has a port')
  if (rule !== undefined) fields.refuse(RULE_FIELDS[rule], RULES[rule])
}

function readServer(
  fields: Fields,
  service: ServiceId,
): { readonly server: DestinationId; readonly config: DestinationConfiguration } {
  const address = fields.required('address', fields.address('address'))
  const family = familyOf(address)
  if ((fields.word('family', ['inet', 'inet6']) ?? family) !== family) {
    fields.refuse('family', `not that of ${address}`)
  }
  const port = fields.integer('port', 0, 65535) ?? (isFwmark(service) ? 0 : service.port)
  const config = normalServer(readServerConfig(fields))
  checkRule(fields, serverLegality(service, { family, address, port }, config, fields.boolean('raw')))
  fields.skip(Object.keys(DESTINATION.schema.observed))
  fields.end()
  return { server: { family, address, port }, config }
}

function readServerConfig(fields: Fields): DestinationConfiguration {
  const words = ['masquerade', 'local', 'tunnel', 'route', 'bypass'] as const
  const forwarding = fields.word('forwarding', words) ?? DESTINATION_DEFAULTS.forwarding
  return {
    // The kernel sets these methods itself. As in saved rules, requests the method that they replaced.
    forwarding: forwarding === 'local' || forwarding === 'bypass' ? 'route' : forwarding,
    weight: fields.integer('weight', 0, MAX_INT) ?? DESTINATION_DEFAULTS.weight,
    upperThreshold: fields.integer('upperThreshold', 0, MAX_UINT) ?? DESTINATION_DEFAULTS.upperThreshold,
    lowerThreshold: fields.integer('lowerThreshold', 0, MAX_UINT) ?? DESTINATION_DEFAULTS.lowerThreshold,
    tunnelType: fields.word('tunnelType', ['ipip', 'gue', 'gre']) ?? DESTINATION_DEFAULTS.tunnelType,
    tunnelPort: fields.integer('tunnelPort', 0, 65535) ?? DESTINATION_DEFAULTS.tunnelPort,
    tunnelFlags: fields.tunnelFlags('tunnelFlags'),
  }
}

function readTimeouts(fields: Fields) {
  const names = Object.keys(TIMEOUTS.schema.all) as (keyof typeof TIMEOUTS.schema.all)[]
  const values = names.map((name) => [name, fields.integer(name, 0, MAX_INT) ?? 0] as const)
  fields.end()
  return Object.fromEntries(values) as Record<(typeof names)[number], number>
}

function readDaemon(fields: Fields): SyncDaemon {
  const state = fields.required('state', fields.word('state', ['master', 'backup']))
  const group = fields.address('group')
  const [maxLength, port, ttl] = [
    fields.integer('maxLength', 1, 65535),
    fields.integer('port', 1, 65535),
    fields.integer('ttl', 1, 255),
  ]
  const daemon: Record<keyof SyncDaemon, unknown> = {
    state,
    interface: fields.name('interface') ?? '',
    syncId: fields.integer('syncId', 0, 255) ?? 0,
    maxLength,
    group,
    port,
    ttl,
  }
  fields.end()
  const given = Object.entries(daemon).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as unknown as SyncDaemon
}
