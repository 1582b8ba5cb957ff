// Checks of the table alone: services without a usable server.

import type { Destination } from '../model/destination.ts'
import { SVC_F } from '../model/flags.ts'
import { schedulerFlagNames } from '../model/scheduler-flags.ts'
import { isFwmark, type Service } from '../model/service.ts'
import { connectionKey } from './facts/connections.ts'
import type { Check } from './finding.ts'
import { serverWords, serviceWords, shellWord } from './servers.ts'

/** Schedulers that choose by the client's address, and refuse the client if its server has weight 0. */
const HASHING = ['sh', 'mh']

/** The number of connections from a single client that is not a coincidence. */
const MANY = 50

export const tableChecks: readonly Check[] = [
  {
    id: 'table-elsewhere',
    severity: 'note',
    *find({ table, elsewhere }) {
      const [first] = elsewhere
      if (table.length > 0 || first === undefined) return
      const more = elsewhere.length === 1 ? '' : ` and ${elsewhere.length - 1} more`
      yield {
        problem: 'the table of this network namespace is empty; another one has a table',
        evidence: `ipvsadm namespaces lists ${first}${more}`,
        fix: `ipvsadm doctor --netns ${shellWord(first)}`,
      }
    },
  },
  {
    id: 'no-servers',
    severity: 'error',
    *find({ table }) {
      for (const { service, destinations } of table) {
        if (destinations.length > 0) continue
        const id = serviceWords(service)
        yield {
          problem: 'a service has no real servers',
          evidence: `${id} has none`,
          fix: `ipvsadm -a ${id} -r SERVER`,
          manual: true,
        }
      }
    },
  },
  {
    id: 'all-weights-zero',
    severity: 'error',
    *find({ table }) {
      for (const { service, destinations } of table) {
        const [first] = destinations
        if (first === undefined || destinations.some(({ config }) => config.weight > 0)) continue
        yield {
          problem: 'no real server of a service takes new connections',
          evidence: `${all(destinations)} of ${serviceWords(service)} ${has(destinations)} weight 0`,
          fix: `ipvsadm -e ${serverWords(service, first)} --keep -w 1`,
        }
      }
    },
  },
  {
    id: 'all-servers-full',
    severity: 'error',
    *find({ table }) {
      for (const { service, destinations } of table) {
        const taking = destinations.filter(({ config }) => config.weight > 0)
        const [first] = taking
        if (first === undefined || !taking.every(isFull)) continue
        yield {
          problem:
            'every real server of a service has reached its upper threshold, so new connections are refused',
          evidence: `${all(taking)} with a weight of ${serviceWords(service)} ${has(taking)} reached the upper threshold`,
          fix: raise(service, first),
        }
      }
    },
  },
  {
    id: 'threshold-reached',
    severity: 'warning',
    *find({ table }) {
      for (const { service, destinations } of table) {
        // all-servers-full reports this case.
        if (destinations.every((server) => server.config.weight === 0 || isFull(server))) continue
        for (const destination of destinations.filter(isFull)) {
          yield {
            problem: 'a real server has reached its upper threshold and gets no new connections',
            evidence: `${serverWords(service, destination)} has ${count(destination)} connections; its upper threshold is ${destination.config.upperThreshold}`,
            fix: raise(service, destination),
          }
        }
      }
    },
  },
  {
    id: 'hashing-without-fallback',
    severity: 'warning',
    *find({ table }) {
      for (const { service, destinations } of table) {
        const { scheduler, flags } = service.config
        if (!HASHING.includes(scheduler) || (flags & SVC_F.SCHED1) !== 0) continue
        const idle = destinations.find(({ config }) => config.weight === 0)
        if (idle === undefined || destinations.every(({ config }) => config.weight === 0)) continue
        const id = serviceWords(service)
        yield {
          problem: `the scheduler ${scheduler} refuses the clients that it hashes to a server of weight 0`,
          evidence: `${serverWords(service, idle)} has weight 0; ${id} has the scheduler ${scheduler} without ${scheduler}-fallback`,
          fix: withFlag(service, SVC_F.SCHED1),
        }
      }
    },
  },
  {
    id: 'hashing-one-client',
    severity: 'note',
    *find({ table, connections }) {
      for (const { service, destinations } of table) {
        const { scheduler, flags } = service.config
        if (isFwmark(service.id) || !HASHING.includes(scheduler) || (flags & SVC_F.SCHED2) !== 0) continue
        if (destinations.filter(({ config }) => config.weight > 0).length < 2) continue
        const { protocol, address, port } = service.id
        const clients = connections.services.get(connectionKey(protocol, address, port))
        if (clients?.only === undefined || clients.total < MANY) continue
        const id = serviceWords(service)
        yield {
          problem: `the scheduler ${scheduler} sends all connections of one address to one server`,
          evidence: `all ${clients.total} connections of ${id} come from ${clients.only}; ${id} has no ${scheduler}-port`,
          fix: withFlag(service, SVC_F.SCHED2),
        }
      }
    },
  },
]

function isFull(server: Destination): boolean {
  const { upperThreshold } = server.config
  return upperThreshold > 0 && count(server) >= upperThreshold
}

function count({ observed }: Destination): number {
  return observed.activeConnections + observed.inactiveConnections
}

const all = (servers: readonly Destination[]) =>
  servers.length === 1 ? 'the only server' : `all ${servers.length} servers`
const has = (servers: readonly Destination[]) => (servers.length === 1 ? 'has' : 'have')

function raise(service: Service, destination: Destination): string {
  const threshold = 2 * destination.config.upperThreshold
  return `ipvsadm -e ${serverWords(service, destination)} --keep -x ${threshold}`
}

/** Adds a scheduler flag to those of the service. */
function withFlag(service: Service, bit: number): string {
  const { scheduler, flags } = service.config
  const names = schedulerFlagNames(flags | bit, scheduler)
  return `ipvsadm -E ${serviceWords(service)} --keep -s ${scheduler} -b ${names.join(',')}`
}
