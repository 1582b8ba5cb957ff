// The encoding of changes: Change → the request that makes it.
import type { Change, ChangeKind } from '../model/change.ts'
import type { DestinationConfiguration } from '../model/destination.ts'
import type { ServiceId } from '../model/service.ts'
import type { AttributeWriter } from '../netlink/attributes.ts'
import type { Request, Sender } from '../netlink/request-batch.ts'
import { RequestEncoder } from '../netlink/request-encoder.ts'
import { encode, type ValuesOf } from './codec.ts'
import { DAEMON, DESTINATION, SERVICE, TIMEOUTS } from './schema.ts'
import { CMD, CMD_ATTR } from './uapi.ts'

const COMMANDS: Readonly<Record<ChangeKind, keyof typeof CMD>> = {
  'add-service': 'NEW_SERVICE',
  'edit-service': 'SET_SERVICE',
  'delete-service': 'DEL_SERVICE',
  flush: 'FLUSH',
  'add-server': 'NEW_DEST',
  'edit-server': 'SET_DEST',
  'delete-server': 'DEL_DEST',
  zero: 'ZERO',
  set: 'SET_CONFIG',
  'start-daemon': 'NEW_DAEMON',
  'stop-daemon': 'DEL_DAEMON',
}

/** The maximum number of configurations to keep: most files have fewer. */
const CONFIGS = 128

/** The attribute of the service that was written last: the servers of one service follow each other. */
interface Written {
  service?: ServiceId
  bytes?: Uint8Array
  /** The attributes of configurations: servers share a few. */
  readonly configs?: Map<DestinationConfiguration, Uint8Array>
}

export function requestOf(change: Change, written?: Written): Request {
  const name = COMMANDS[change.kind]
  return { command: CMD[name], name, write: (writer) => writeChange(writer, change, written) }
}

/** The name of a command for messages, by its number. */
export function requestName(command: number): string | undefined {
  return (Object.keys(CMD) as (keyof typeof CMD)[]).find((name) => CMD[name] === command)
}

/** Encodes changes one at a time. A service that is the same object as before must be as it was. */
export class ChangeEncoder {
  readonly #requests: RequestEncoder
  readonly #written: Written = { configs: new Map() }

  constructor(sender: Sender) {
    this.#requests = new RequestEncoder(sender)
  }

  /** The message of the request, numbered 0; valid until the next call. */
  message(change: Change): Uint8Array {
    return this.#requests.message(requestOf(change, this.#written))
  }

  /** The no-op that ends a datagram; valid until the next call. */
  noop(): Uint8Array {
    return this.#requests.noop()
  }
}

function writeChange(writer: AttributeWriter, change: Change, written?: Written): void {
  switch (change.kind) {
    case 'add-service':
    case 'edit-service': {
      const at = writer.begin(CMD_ATTR.SERVICE)
      encode(writer, SERVICE.schema.id, change.service, change.service.family)
      encode(writer, SERVICE.schema.config, change.config, change.service.family)
      writer.end(at)
      break
    }
    case 'delete-service':
      writeServiceId(writer, change.service)
      break
    case 'zero':
      if (change.service !== undefined) writeServiceId(writer, change.service)
      break
    case 'flush':
      break
    case 'add-server':
    case 'edit-server': {
      writeServiceId(writer, change.service, written)
      const at = writer.begin(CMD_ATTR.DEST)
      encode(writer, DESTINATION.schema.id, change.server, change.server.family)
      writeServerConfig(writer, change.config, written)
      writer.end(at)
      break
    }
    case 'delete-server': {
      writeServiceId(writer, change.service)
      const at = writer.begin(CMD_ATTR.DEST)
      encode(writer, DESTINATION.schema.id, change.server, change.server.family)
      writer.end(at)
      break
    }
    case 'set':
      encode(writer, TIMEOUTS.schema.all, change.timeouts, 'inet')
      break
    case 'start-daemon':
      writeDaemon(writer, DAEMON.schema.all, change.daemon)
      break
    case 'stop-daemon':
      writeDaemon(writer, { state: DAEMON.schema.all.state }, { state: change.state })
      break
  }
}

export function writeServiceId(writer: AttributeWriter, service: ServiceId, written?: Written): void {
  if (written?.bytes !== undefined && written.service === service) {
    writer.bytes(written.bytes)
    return
  }
  const at = writer.begin(CMD_ATTR.SERVICE)
  encode(writer, SERVICE.schema.id, service, service.family)
  writer.end(at)
  if (written === undefined) return
  written.service = service
  written.bytes = writer.written.slice(at)
}

function writeServerConfig(
  writer: AttributeWriter,
  config: DestinationConfiguration,
  written?: Written,
): void {
  const known = written?.configs?.get(config)
  if (known !== undefined) {
    writer.bytes(known)
    return
  }
  const at = writer.length
  // It has no addresses, so that the family does not matter.
  encode(writer, DESTINATION.schema.config, config, 'inet')
  const configs = written?.configs
  if (configs !== undefined && configs.size < CONFIGS) configs.set(config, writer.written.slice(at))
}

function writeDaemon<G extends object>(writer: AttributeWriter, fields: G, daemon: ValuesOf<G>): void {
  const at = writer.begin(CMD_ATTR.DAEMON)
  encode(writer, fields, daemon, 'inet')
  writer.end(at)
}
