// Listings as JSON: one document, or one object a line. The keys are the fields of the schema's rows; docs/json.md
// and docs/ipvsadm.schema.json describe the result. Yielded in large chunks, so that any size takes little memory.
import { type Connection, isTemplate } from '../ipvs/connection-list.ts'
import { DAEMON, DESTINATION, INFO, SERVICE, TIMEOUTS } from '../ipvs/schema.ts'
import type { Destination } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import { serviceFlagNames, tunnelFlagNames } from '../model/flag-names.ts'
import { serverLegality, serviceLegality } from '../model/legality.ts'
import type { Service, ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { inChunks } from './chunks.ts'
import { formatVersion } from './table-listing.ts'

/** Incremented when a reader of the document would misunderstand the new form. */
export const DOCUMENT_FORMAT = 1

type Json = { readonly [key: string]: unknown }

interface JsonOptions {
  /** One object a line, without the document around them. */
  readonly lines: boolean
}

interface TableOptions extends JsonOptions {
  /** Include counters, rates and connections; otherwise only the configuration. */
  readonly observed: boolean
  /** The kernel module's version and table size; absent from saved tables. */
  readonly info?: Info | undefined
}

/** Services with their real servers. */
export function* formatTableJson(
  table: Iterable<VirtualService>,
  { lines, observed, info }: TableOptions,
): Generator<string, void, undefined> {
  const head = info === undefined ? {} : { ...pick(INFO.schema.all, info), version: formatVersion(info) }
  yield* list(
    'services',
    objects(table, (entry) => serviceJson(entry, observed)),
    { lines },
    head,
  )
}

/** Makes each object when it is read. */
export function* formatConnectionsJson(
  connections: Iterable<Connection>,
  options: JsonOptions,
): Generator<string, void, undefined> {
  yield* list(
    'connections',
    objects(connections, (connection) => ({ ...connection, template: isTemplate(connection) })),
    options,
  )
}

export function* formatDaemonsJson(
  daemons: readonly SyncDaemon[],
  options: JsonOptions,
): Generator<string, void, undefined> {
  yield* list(
    'daemons',
    objects(daemons, (daemon) => pick(DAEMON.schema.all, daemon)),
    options,
  )
}

export function formatTimeoutsJson(timeouts: Timeouts, { lines }: JsonOptions): string {
  const values = pick(TIMEOUTS.schema.all, timeouts)
  return `${jsonText(lines ? values : { format: DOCUMENT_FORMAT, timeouts: values })}\n`
}

/**
 * The text of one JSON value, on one line. Some strings come from the network: control characters are escaped,
 * those beyond ASCII too. Counters are numbers as long as a double holds them, and strings beyond.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? (inner <= Number.MAX_SAFE_INTEGER ? Number(inner) : `${inner}`) : inner,
  ).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Marks an entry that the original cannot express, made by another program. */
const RAW = { raw: true }

function serviceJson({ service, destinations }: VirtualService, observed: boolean): Json {
  const { id, config }: Service = service
  return {
    ...pick(SERVICE.schema.id, id),
    ...pick(SERVICE.schema.config, config),
    flags: serviceFlagNames(config.flags, config.scheduler),
    ...(serviceLegality(id, config) && RAW),
    ...(observed && pick(SERVICE.schema.observed, service.observed)),
    destinations: destinations.map((destination) => destinationJson(id, destination, observed)),
  }
}

function destinationJson(
  service: ServiceId,
  { id, config, observed: seen }: Destination,
  observed: boolean,
): Json {
  return {
    ...pick(DESTINATION.schema.id, id),
    ...pick(DESTINATION.schema.config, config),
    tunnelFlags: tunnelFlagNames(config.tunnelFlags),
    ...(serverLegality(service, id, config) && RAW),
    ...(observed && pick(DESTINATION.schema.observed, seen)),
  }
}

/** The fields of a schema group, in its order. */
export function pick(group: object, values: object): Json {
  const json: Record<string, unknown> = {}
  for (const field of Object.keys(group)) {
    const value = (values as Json)[field]
    if (value !== undefined) json[field] = value
  }
  return json
}

function* objects<T>(items: Iterable<T>, toJson: (item: T) => Json): Generator<Json, void, undefined> {
  for (const item of items) yield toJson(item)
}

/** One item a line in both forms, so that documents can be compared line by line. */
function list(
  key: string,
  items: Iterable<Json>,
  { lines }: JsonOptions,
  head: Json = {},
): Generator<string, void, undefined> {
  return inChunks(lines ? lineByLine(items) : listed(`${openDocument(head)},"${key}":[`, items))
}

function* lineByLine(items: Iterable<Json>) {
  for (const item of items) yield `${jsonText(item)}\n`
}

/** A list that ends its document, after the given beginning. */
export function* listed(before: string, items: Iterable<object>): Generator<string, void, undefined> {
  yield before
  let separator = '\n'
  for (const item of items) {
    yield `${separator}${jsonText(item)}`
    separator = ',\n'
  }
  yield `${separator === '\n' ? '' : '\n'}]}\n`
}

/** The beginning of a document. */
export const openDocument = (head: object): string =>
  jsonText({ format: DOCUMENT_FORMAT, ...head }).slice(0, -1)
