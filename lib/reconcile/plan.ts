// The live state and the wanted one → the changes that lead from one to the other, in an order in which every service
// that is in both keeps serving: make before break. Pure.
import type { Change } from '../model/change.ts'
import { destinationKey } from '../model/destination.ts'
import type { Ruleset, WantedServer, WantedService } from '../model/ruleset.ts'
import { serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { daemonDifferences, serverIsAsWanted, serviceIsAsWanted, timeoutDifferences } from './compare.ts'
import type { LiveState } from './live-state.ts'

export interface PlanStep {
  readonly change: Change
  /** The line that asks for it; 0 when none does: the file has no such entry. */
  readonly line: number
}

export interface PlanOptions {
  /** Weights of servers that are there stay as they are: a health checker owns them. */
  readonly keepWeights?: boolean
}

/** The steps by the phase in which they are made. */
class Phases {
  /** Daemons that shall not run; servers of another family cannot be added while one does. */
  readonly stops: PlanStep[] = []
  /** A new service is followed by its servers at once: without any it would turn its clients away. */
  readonly adds: PlanStep[] = []
  readonly edits: PlanStep[] = []
  readonly removals: PlanStep[] = []
  readonly serviceRemovals: PlanStep[] = []
  readonly starts: PlanStep[] = []
  /** What cannot be taken back. */
  readonly zeros: PlanStep[] = []

  get inOrder(): PlanStep[] {
    const { stops, adds, edits, removals, serviceRemovals, starts, zeros } = this
    return [stops, adds, edits, removals, serviceRemovals, starts, zeros].flat()
  }
}

/** Nothing, if the live state is as wanted. What the ruleset does not speak of (timeouts, daemons) stays. */
export function plan(live: LiveState, wanted: Ruleset, options: PlanOptions = {}): PlanStep[] {
  const phases = new Phases()
  const services = new Map<string, VirtualService>()
  for (const server of live.table) services.set(serviceKey(server.service.id), server)
  for (const [key, service] of wanted.services) {
    const old = services.get(key)
    if (old === undefined) addService(service, phases)
    else editService(old, service, options, phases)
  }
  for (const [key, { service }] of services) {
    if (wanted.services.has(key)) continue
    phases.serviceRemovals.push({ change: { kind: 'delete-service', service: service.id }, line: 0 })
  }
  planTimeouts(live, wanted, phases)
  planDaemons(live, wanted, phases)
  for (const { service, line } of wanted.zeros) {
    phases.zeros.push({ change: service === undefined ? { kind: 'zero' } : { kind: 'zero', service }, line })
  }
  return phases.inOrder
}

function addService({ id, config, line, servers }: WantedService, { adds }: Phases): void {
  adds.push({ change: { kind: 'add-service', service: id, config }, line })
  for (const server of servers.values()) adds.push(addServer(id, server))
}

const addServer = (service: WantedService['id'], { id, config, line }: WantedServer): PlanStep => ({
  change: { kind: 'add-server', service, server: id, config },
  line,
})

function editService(
  { service, destinations }: VirtualService,
  { id, config, line, servers }: WantedService,
  { keepWeights = false }: PlanOptions,
  { adds, edits, removals }: Phases,
): void {
  if (!serviceIsAsWanted(service.config, config)) {
    edits.push({ change: { kind: 'edit-service', service: id, config }, line })
  }
  let present = 0
  for (const old of destinations) {
    const server = servers.get(destinationKey(old.id))
    if (server === undefined) {
      removals.push({ change: { kind: 'delete-server', service: id, server: old.id }, line: 0 })
      continue
    }
    present++
    const config = keepWeights ? { ...server.config, weight: old.config.weight } : server.config
    if (serverIsAsWanted(old.config, config)) continue
    const change = { kind: 'edit-server', service: id, server: server.id, config } as const
    edits.push({ change, line: server.line })
  }
  if (present === servers.size) return
  const live = new Set(destinations.map((old) => destinationKey(old.id)))
  for (const [key, server] of servers) if (!live.has(key)) adds.push(addServer(id, server))
}

function planTimeouts(live: LiveState, { timeouts: wanted }: Ruleset, { edits }: Phases): void {
  if (wanted === undefined || live.timeouts === undefined) return
  const { values, line } = wanted
  if (timeoutDifferences(live.timeouts, values).length === 0) return
  const { tcp, tcpFin, udp } = live.timeouts
  const timeouts = { tcp: values.tcp || tcp, tcpFin: values.tcpFin || tcpFin, udp: values.udp || udp }
  edits.push({ change: { kind: 'set', timeouts }, line })
}

/** A running daemon cannot be edited: it is stopped and started again. */
function planDaemons(live: LiveState, { daemons }: Ruleset, { stops, starts }: Phases): void {
  for (const [state, { daemon, line }] of daemons) {
    const old = live.daemons?.find((running) => running.state === state)
    if (old !== undefined && daemon !== undefined && daemonDifferences(old, daemon).length === 0) continue
    const stop: PlanStep = { change: { kind: 'stop-daemon', state }, line }
    if (old !== undefined) (daemon === undefined ? stops : starts).push(stop)
    if (daemon !== undefined) starts.push({ change: { kind: 'start-daemon', daemon }, line })
  }
}
