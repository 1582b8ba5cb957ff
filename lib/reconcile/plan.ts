// The live state and the wanted one → the changes from one to the other, in phases that keep every service
// that is in both available: make before break. Pure.
import type { Change } from '../model/change.ts'
import { type DestinationId, destinationKey } from '../model/destination.ts'
import type { Ruleset, WantedServer, WantedService } from '../model/ruleset.ts'
import { type ServiceId, serviceKey } from '../model/service.ts'
import { daemonDifferences, serverIsAsWanted, serviceIsAsWanted, timeoutDifferences } from './compare.ts'
import type { LiveService, LiveState } from './live-state.ts'
import { PHASES, type Phase, phaseOfServerEdit, phaseOfServiceEdit } from './phases.ts'
import { type PlanStep, StepList } from './step-list.ts'

export interface PlanOptions {
  /** Leaves weights of existing servers unchanged, because a health checker sets them. */
  readonly keepWeights?: boolean
}

/** Collects steps by their phase. */
class Collector {
  readonly #wanted: Ruleset
  /** Whether a daemon can start only after the removal of servers of another family than their service's. */
  readonly startsLate: boolean

  constructor(wanted: Ruleset, startsLate: boolean) {
    this.#wanted = wanted
    this.startsLate = startsLate
  }

  readonly #phases: Readonly<Record<Phase, (PlanStep | string)[]>> = {
    stops: [],
    additions: [],
    'uncertain edits': [],
    edits: [],
    'early removals': [],
    'late starts': [],
    removals: [],
    zeros: [],
  }

  add(phase: Phase, line: number, change: Change): void {
    this.#phases[phase].push({ change, line, phase })
  }

  /** Adds the addition of a service with its servers. */
  addNew(key: string): void {
    this.#phases.additions.push(key)
  }

  get inOrder(): StepList {
    return new StepList(
      this.#wanted,
      PHASES.flatMap((phase) => this.#phases[phase]),
    )
  }

  /** Whether the plan adds a server of another family than its service's. */
  get addsMixed(): boolean {
    for (const { change } of new StepList(this.#wanted, this.#phases.additions)) {
      if (change.kind === 'add-server' && isMixed(change.service, change.server)) return true
    }
    return false
  }
}

/** Empty if the live state is as wanted. Timeouts and daemons that the ruleset does not name are unchanged. */
export function plan(live: LiveState, wanted: Ruleset, options: PlanOptions = {}): StepList {
  const steps = new Collector(wanted, startsLate(live, wanted))
  const services = new Map<string, LiveService>()
  for (const entry of live.table) services.set(serviceKey(entry.service.id), entry)
  for (const key of wanted.services.keys()) {
    if (live.asWanted?.has(key)) continue
    const old = services.get(key)
    if (old === undefined) steps.addNew(key)
    else editService(old, wanted.services.get(key)!, options, steps)
  }
  for (const [key, entry] of services) if (!wanted.services.has(key)) removeService(entry, steps)
  planTimeouts(live, wanted, steps)
  planDaemons(live, wanted, steps)
  for (const { service, line } of wanted.zeros) {
    steps.add('zeros', line, service === undefined ? { kind: 'zero' } : { kind: 'zero', service })
  }
  return steps.inOrder
}

function addServer(service: WantedService['id'], { id, config, line }: WantedServer, steps: Collector): void {
  steps.add('additions', line, { kind: 'add-server', service, server: id, config })
}

function editService(
  { service, destinations }: LiveService,
  { id, config, line, servers }: WantedService,
  { keepWeights = false }: PlanOptions,
  steps: Collector,
): void {
  if (!serviceIsAsWanted(service.config, config)) {
    const phase = phaseOfServiceEdit(service.config, config)
    steps.add(phase, line, { kind: 'edit-service', service: id, config })
  }
  // By keys, because a dump may repeat an entry.
  const seen = new Set<string>()
  let present = 0
  for (const old of destinations) {
    const key = destinationKey(old.id)
    if (seen.has(key)) continue
    seen.add(key)
    const server = servers.get(key)
    if (server === undefined) {
      removeServer(id, old.id, steps)
      continue
    }
    present++
    const config = keepWeights ? { ...server.config, weight: old.config.weight } : server.config
    if (serverIsAsWanted(old.config, config)) continue
    const phase = phaseOfServerEdit(id, server.id, old.config, config)
    steps.add(phase, server.line, { kind: 'edit-server', service: id, server: server.id, config })
  }
  if (present === servers.size) return
  for (const [key, server] of servers) if (!seen.has(key)) addServer(id, server, steps)
}

function removeService({ service, destinations }: LiveService, steps: Collector): void {
  if (steps.startsLate) {
    for (const { id } of destinations) if (isMixed(service.id, id)) removeServer(service.id, id, steps)
  }
  steps.add('removals', 0, { kind: 'delete-service', service: service.id })
}

function removeServer(service: ServiceId, server: DestinationId, steps: Collector): void {
  const phase = steps.startsLate && isMixed(service, server) ? 'early removals' : 'removals'
  steps.add(phase, 0, { kind: 'delete-server', service, server })
}

function planTimeouts(live: LiveState, { timeouts: wanted }: Ruleset, steps: Collector): void {
  if (wanted === undefined || live.timeouts === undefined) return
  const { values, line } = wanted
  if (timeoutDifferences(live.timeouts, values).length === 0) return
  const { tcp, tcpFin, udp } = live.timeouts
  const timeouts = { tcp: values.tcp || tcp, tcpFin: values.tcpFin || tcpFin, udp: values.udp || udp }
  steps.add('uncertain edits', line, { kind: 'set', timeouts })
}

function planDaemons(live: LiveState, { daemons }: Ruleset, steps: Collector): void {
  for (const [state, { daemon, line }] of daemons) {
    const old = live.daemons?.find((running) => running.state === state)
    if (old !== undefined && daemon !== undefined && daemonDifferences(old, daemon).length === 0) continue
    const change = { kind: 'stop-daemon', state } as const
    if (daemon === undefined) {
      if (old !== undefined) steps.add(steps.addsMixed ? 'stops' : 'removals', line, change)
      continue
    }
    // A running daemon cannot be edited, so it is stopped and started again.
    if (old !== undefined) steps.add('uncertain edits', line, change)
    const start = steps.startsLate ? 'late starts' : 'additions'
    steps.add(old === undefined ? start : 'uncertain edits', line, { kind: 'start-daemon', daemon })
  }
}

/**
 * Whether the plan starts a daemon and removes everything that prevents it (ip_vs_genl_new_daemon): servers of another
 * family than their service's. If one of them stays, the kernel refuses the daemon, preferably before any removal.
 */
function startsLate({ table }: LiveState, { daemons, services }: Ruleset): boolean {
  if (![...daemons.values()].some(({ daemon }) => daemon !== undefined)) return false
  for (const { id, servers } of services.values()) {
    for (const server of servers.values()) if (isMixed(id, server.id)) return false
  }
  return table.some(({ service, destinations }) => destinations.some(({ id }) => isMixed(service.id, id)))
}

const isMixed = (service: ServiceId, server: DestinationId) => server.family !== service.family
