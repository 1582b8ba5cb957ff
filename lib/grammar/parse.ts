// Words → Command. Pure: names come from the caller; prints nothing and does not use the kernel.

import { SERVICE_DEFAULTS } from '../model/defaults.ts'
import { UsageError } from '../model/errors.ts'
import { MAX_TIMEOUT } from '../model/limits.ts'
import { TRY_HELP } from '../output/messages.ts'
import { checkOptions } from './check-options.ts'
import { CLASSIC_INDEX, type ClassicRow } from './classic-index.ts'
import type { Command } from './command.ts'
import type { CommandId, CommandRow } from './command-rows.ts'
import type { OptionId } from './option-rows.ts'
import { jsonOnly, listing, resolving } from './parse-list.ts'
import { keepServer, serverId, serverOf } from './parse-server.ts'
import { keepService, readFlags, serviceId, serviceOf } from './parse-service.ts'
import { Popt, PoptError, type PoptOptions } from './popt.ts'
import type { RawOptions } from './raw-options.ts'
import { refuse } from './refusals.ts'
import { type Names, parseNumber } from './values.ts'

const isCommand = (spec: ClassicRow): spec is CommandRow => 'usage' in spec

export interface ParseOptions extends PoptOptions {
  /** Refuses names longer than the kernel's, which the original cuts. */
  readonly wholeNames?: boolean
}

/**
 * The command of these words (without the program's name). Without words: the listing of the table.
 * Throws a UsageError, or an UnresolvedHost when `names` does not know a host yet.
 */
export function parse(words: readonly string[], names: Names, options?: ParseOptions): Command {
  const values: RawOptions = { family: 'inet' }
  if (options?.wholeNames) values.wholeNames = true
  if (words.length === 0) return listing([], values)
  const read = new Popt(words, CLASSIC_INDEX, options)
  const spec = firstCommand(read)
  if (spec.id === 'help' || spec.id === 'version') return { kind: spec.id }
  const state = daemonState(spec.id, read.value)
  const given = readOptions(read, values, names)
  const { rest } = read
  const timeouts = spec.id === 'set' ? readTimeouts(rest) : undefined
  if (rest.length > 0) refuse(`unexpected argument ${rest[0]}`)
  const scheduler = values.scheduler || SERVICE_DEFAULTS.scheduler
  const keep = given.includes('keep')
  // With --keep the scheduler is not known here.
  const flags = keep || values.schedulerFlags === undefined ? 0 : readFlags(values.schedulerFlags, scheduler)
  checkOptions(spec, given, `'${spec.id}' command`)
  switch (spec.id) {
    case 'add-service':
    case 'edit-service':
      return keep
        ? keepService(values, given)
        : { kind: spec.id, ...serviceOf(values, given, scheduler, flags) }
    case 'delete-service':
      return { kind: spec.id, service: serviceId(values) }
    case 'add-server':
    case 'edit-server':
      return keep ? keepServer(values, given) : { kind: spec.id, ...serverOf(values, given) }
    case 'delete-server':
      return { kind: spec.id, service: serviceId(values), server: serverId(values) }
    case 'zero':
      return given.includes('service-address')
        ? { kind: 'zero', service: serviceId(values) }
        : { kind: 'zero' }
    case 'list':
      return listing(given, values, given.includes('service-address') ? serviceId(values) : undefined)
    case 'save':
      return {
        kind: 'save',
        numeric: given.includes('numeric'),
        ...resolving(values),
        ...jsonOnly(values.format, "'save' command"),
      }
    case 'set':
      return { kind: 'set', timeouts: timeouts! }
    case 'start-daemon':
      return { kind: 'start-daemon', daemon: { state: state!, ...daemonOf(values) } }
    case 'stop-daemon':
      return { kind: 'stop-daemon', state: state! }
    case 'flush':
    case 'restore':
      return { kind: spec.id }
  }
}

/** The first option, which must be a command; every error in it has the same message. */
function firstCommand(read: Popt<ClassicRow>): CommandRow {
  try {
    if (read.next() && isCommand(read.spec)) return read.spec
  } catch (error) {
    if (!(error instanceof PoptError)) throw error
  }
  throw new UsageError(TRY_HELP, 'syntax')
}

/** Reads the other options, in the order of the words. Throws at the first that is refused. */
function readOptions(read: Popt<ClassicRow>, values: RawOptions, names: Names): OptionId[] {
  const given: OptionId[] = []
  try {
    while (read.next()) {
      const { spec } = read
      if (isCommand(spec)) refuse(`invalid option \`${read.word}'`)
      if (spec.idle !== true) {
        if (given.includes(spec.id)) refuse(`multiple '${spec.id}' options specified`)
        given.push(spec.id)
      }
      spec.read?.(values, read.value as string, names)
    }
  } catch (error) {
    throw error instanceof PoptError ? new UsageError(error.message, 'syntax') : error
  }
  return given
}

function daemonState(command: CommandId, value: string | undefined) {
  if (command !== 'start-daemon' && command !== 'stop-daemon') return undefined
  if (value === 'master' || value === 'backup') return value
  return refuse(`illegal ${command === 'start-daemon' ? 'start-daemon parameter' : 'start_daemon'} specified`)
}

/** Takes the three timeouts from the words that are not options. */
function readTimeouts(rest: string[]) {
  const words = rest.splice(0, 3)
  if (words.length < 3) refuse('--set option requires 3 timeout values')
  const [tcp, tcpFin, udp] = words.map(
    (word) => parseNumber(word, 0, MAX_TIMEOUT) ?? refuse(`invalid timeout value \`${word}' specified`),
  )
  return { tcp: tcp!, tcpFin: tcpFin!, udp: udp! }
}

function daemonOf({ interface: name = '', syncId = 0, maxLength, group, mcastPort: port, ttl }: RawOptions) {
  return {
    interface: name,
    syncId,
    ...(maxLength !== undefined && { maxLength }),
    ...(group !== undefined && { group }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
  }
}
