// The effect of each generic-netlink command: the controller's one and IPVS's seventeen, from a request's bytes to a change
// of the tables and the answer (ctrl_getfamily in genetlink.c; ip_vs_genl_* in ip_vs_ctl.c).

import { Attributes, COMMAND_POLICY, FAMILY_POLICY } from './attributes.ts'
import {
  CMD,
  CTRL,
  CTRL_ATTR,
  GENL_HEADER,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_ECHO,
  NLM_F_REQUEST,
  Refusal,
  refuse,
  TOP,
} from './constants.ts'
import type { Subject } from './piece-memory.ts'
import type { Replies } from './replies.ts'
import { type Abilities, readDaemon, readDaemonState, readDestination, readService } from './requests.ts'
import type { Destination, Service, Tables } from './tables.ts'

/** One message of an answer. */
export interface Entry {
  readonly command: number
  /** The entry of the table that it shows in a dump. */
  readonly subject?: Subject
  write(replies: Replies): void
}

/** The entries of a dump from number `start` on, as the tables are now. */
export type Dump = (start: number) => Iterable<Entry>

/** Nothing but the acknowledgement, one message, or a dump. */
export type Outcome = undefined | Entry | Dump

export interface Machine {
  readonly familyId: number
  readonly hasFamily: boolean
  readonly mayAdminister: boolean
  readonly tables: Tables
  readonly abilities: Abilities
  readonly version: number
  readonly connectionTableSize: number
}

/** `payload` is what follows the netlink header. Throws a Refusal. */
export function runControl(machine: Machine, flags: number, payload: Uint8Array): Outcome {
  if (payload.length < GENL_HEADER) refuse('EINVAL')
  if (payload[0] !== CTRL.GETFAMILY) refuse('EOPNOTSUPP')
  const family: Entry = { command: CTRL.NEWFAMILY, write: (replies) => replies.family(machine.familyId) }
  if ((flags & NLM_F_DUMP) === NLM_F_DUMP)
    return (start) => (start === 0 && machine.hasFamily ? [family] : [])

  const given = new Attributes(payload.subarray(GENL_HEADER), FAMILY_POLICY)
  if (!given.has(CTRL_ATTR.ID) && !given.has(CTRL_ATTR.NAME)) refuse('EINVAL')
  const isIpvs = given.has(CTRL_ATTR.NAME)
    ? given.text(CTRL_ATTR.NAME) === 'IPVS'
    : given.u16(CTRL_ATTR.ID) === machine.familyId
  return isIpvs && machine.hasFamily ? family : refuse('ENOENT')
}

export function runIpvs(machine: Machine, flags: number, payload: Uint8Array): Outcome {
  if (payload.length < GENL_HEADER) refuse('EINVAL')
  const command = payload[0] ?? 0
  checkUnknown(command, flags, payload)
  if (command < CMD.NEW_SERVICE || command > CMD.FLUSH || command === CMD.SET_INFO) refuse('EOPNOTSUPP')
  if (!machine.mayAdminister) refuse('EPERM')
  const attributes = payload.subarray(GENL_HEADER)
  if ((flags & NLM_F_DUMP) === NLM_F_DUMP) {
    return dump(machine.tables, command, attributes)
  }
  if (command === CMD.GET_DEST || command === CMD.GET_DAEMON) refuse('EOPNOTSUPP')
  const top = new Attributes(attributes, COMMAND_POLICY)
  const entry = get(machine, command, top)
  if (!entry) set(machine, command, top)
  return entry
}

/** Unknown commands with reserved bits are EINVAL (genl_header_check, Linux 6.1). */
function checkUnknown(command: number, flags: number, payload: Uint8Array): void {
  if (command <= CMD.FLUSH) return
  const beyond = (flags & NLM_F_DUMP) === NLM_F_DUMP ? flags & ~NLM_F_DUMP : flags
  if (payload[2] || payload[3] || beyond & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO)) refuse('EINVAL')
}

function dump(tables: Tables, command: number, attributes: Uint8Array): Dump {
  switch (command) {
    case CMD.GET_SERVICE:
      return function* (start) {
        for (const service of tables.listed.slice(start))
          yield { command: CMD.NEW_SERVICE, subject: service, write: (replies) => replies.service(service) }
      }
    case CMD.GET_DEST:
      return function* (start) {
        const all = destinations(tables, attributes)
        for (let i = start; i < all.length; i++) {
          const destination = all[i]!
          yield {
            command: CMD.NEW_DEST,
            subject: destination,
            write: (replies) => replies.destination(destination),
          }
        }
      }
    case CMD.GET_DAEMON:
      return function* (start) {
        for (const daemon of [tables.master, tables.backup].filter((each) => each !== undefined).slice(start))
          yield { command: CMD.NEW_DAEMON, write: (replies) => replies.daemon(daemon) }
      }
    default:
      return refuse('EOPNOTSUPP')
  }
}

/** A missing or malformed service has none, which is not an error. */
function destinations(tables: Tables, attributes: Uint8Array): readonly Destination[] {
  try {
    const service = readService(new Attributes(attributes, COMMAND_POLICY), tables).found
    return service ? tables.listedOf(service) : []
  } catch (error) {
    if (error instanceof Refusal) return []
    throw error
  }
}

function get(machine: Machine, command: number, top: Attributes): Entry | undefined {
  const { tables } = machine
  switch (command) {
    case CMD.GET_SERVICE: {
      const service = readService(top, tables).found ?? refuse('ESRCH')
      return { command: CMD.NEW_SERVICE, write: (replies) => replies.service(service) }
    }
    case CMD.GET_CONFIG:
      return { command: CMD.SET_CONFIG, write: (replies) => replies.timeouts(tables.timeouts) }
    case CMD.GET_INFO:
      return {
        command: CMD.SET_INFO,
        write: (replies) => replies.info(machine.version, machine.connectionTableSize),
      }
    default:
      return undefined
  }
}

function set(machine: Machine, command: number, top: Attributes): void {
  const { tables } = machine
  if (command === CMD.NEW_DAEMON) tables.startDaemon(readDaemon(top))
  else if (command === CMD.DEL_DAEMON) tables.stopDaemon(readDaemonState(top))
  else if (command === CMD.FLUSH) tables.flush()
  else if (command === CMD.SET_CONFIG) setConfig(tables, top)
  else if (command === CMD.ZERO && !top.has(TOP.SERVICE)) tables.zero()
  else setService(machine, command, top)
}

function setService(machine: Machine, command: number, top: Attributes): void {
  const { tables } = machine
  const { key, found, settings } = readService(top, tables)
  // The whole of a service is read, and can be wrong, before it is found to exist or to be missing.
  const wanted = command === CMD.NEW_SERVICE || command === CMD.SET_SERVICE ? settings() : undefined
  if (command === CMD.NEW_SERVICE && wanted) {
    if (found) refuse('EEXIST')
    tables.addService(key, wanted)
    return
  }
  const service = found ?? refuse('ESRCH')
  if (wanted) tables.editService(service, wanted)
  else if (command === CMD.DEL_SERVICE) tables.deleteService(service)
  else if (command === CMD.ZERO) tables.zero([service])
  else setDestination(machine, command, top, service)
}

function setDestination(
  { tables, abilities }: Machine,
  command: number,
  top: Attributes,
  service: Service,
): void {
  const isFull = command !== CMD.DEL_DEST
  const { key, settings } = readDestination(top, service.af, isFull, abilities)
  if (isFull) tables.checkMixed(service, key, settings)
  if (command === CMD.NEW_DEST) tables.addDestination(service, key, settings)
  else if (command === CMD.SET_DEST) tables.editDestination(service, key, settings)
  else tables.deleteDestination(service, key)
}

/** Timeouts that are zero or not given are unchanged. */
function setConfig(tables: Tables, top: Attributes): void {
  const seconds = (type: number): number => top.u32(type) | 0 // signed there
  tables.setTimeouts({
    tcp: seconds(TOP.TIMEOUT_TCP),
    tcpFin: seconds(TOP.TIMEOUT_TCP_FIN),
    udp: seconds(TOP.TIMEOUT_UDP),
  })
}
