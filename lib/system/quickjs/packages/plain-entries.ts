// The build puts this in the place of lib/rules/plain-entries.ts.
import { countEntries, readEntries as readInHost, scanRule } from 'host'
import { plainRule } from '../../../grammar/plain-rule.ts'
import { PLAIN_FIELDS } from '../../../model/scan.ts'
import { takeLine } from '../../../rules/text-lines.ts'
import type { WantedTable } from '../../../rules/wanted-table.ts'

/** The results of native/entries.c. */
const FULL = 1
const UNKNOWN = 2

/** The slots of configurations, and their numbers: native/entries.c has the same. */
const SERVICE_CONFIGS = 64
const SERVICE_CONFIG = 6
const SERVER_CONFIGS = 256
const SERVER_CONFIG = 3
/** The bytes of a scheduler in its slot. */
const SCHEDULER = 16

/** The numbers of configurations, by what lines say of them. */
interface LineConfigs {
  readonly services: Int32Array
  readonly servers: Int32Array
}

const known = new WeakMap<WantedTable, LineConfigs>()

export function readEntries(table: WantedTable, text: Uint8Array, progress: Uint32Array): void {
  const { services, servers } = table
  const configs = known.get(table) ?? begin(table, text)
  const counts = new Int32Array(2)
  table.changed()
  for (;;) {
    counts[0] = services.length
    counts[1] = servers.length
    const result = readInHost(
      text,
      progress,
      counts,
      services.rows,
      services.index,
      servers.rows,
      servers.index,
      configs.services,
      configs.servers,
    )
    services.length = counts[0]
    servers.length = counts[1]
    if (result === FULL) grow(table)
    else if (result === UNKNOWN) learn(table, text, progress, configs)
    else return
  }
}

/** Makes room for all lines. */
function begin(table: WantedTable, text: Uint8Array): LineConfigs {
  const counts = new Int32Array(2)
  countEntries(text, counts)
  table.services.reserve(counts[0]!)
  table.servers.reserve(counts[1]!)
  const configs = {
    services: new Int32Array(SERVICE_CONFIGS * SERVICE_CONFIG),
    servers: new Int32Array(SERVER_CONFIGS * SERVER_CONFIG),
  }
  known.set(table, configs)
  return configs
}

function grow({ services, servers }: WantedTable): void {
  for (const rows of [services, servers]) rows.reserve(Math.max(rows.length, 1))
}

/** Gives the line's configuration a number. */
function learn(
  { services, servers }: WantedTable,
  text: Uint8Array,
  progress: Uint32Array,
  configs: LineConfigs,
): void {
  const line = takeLine(text, progress.slice())
  const fields = new Int32Array(PLAIN_FIELDS)
  const change = plainRule(line)
  scanRule(line, fields)
  if (change?.kind === 'add-service') {
    const number = services.configurations.numberOf(change.config)
    learnService(configs.services, line.slice(fields[10], fields[11]), fields[12]!, number + 1)
  } else if (change?.kind === 'add-server') {
    const number = servers.configurations.numberOf(change.config)
    const [letter, weight] = [fields[8]!, fields[9]!]
    const slot = ((weight ^ letter) >>> 0) % SERVER_CONFIGS
    configs.servers.set([weight, letter, number + 1], slot * SERVER_CONFIG)
  }
}

function learnService(slots: Int32Array, scheduler: string, persistence: number, number: number): void {
  const name = new Uint8Array(SCHEDULER)
  let hash = persistence
  for (let i = 0; i < scheduler.length; i++) {
    name[i] = scheduler.charCodeAt(i)
    hash = (Math.imul(hash, 31) + name[i]!) | 0
  }
  const slot = ((hash >>> 0) % SERVICE_CONFIGS) * SERVICE_CONFIG
  slots.set([...new Int32Array(name.buffer), persistence, number], slot)
}
