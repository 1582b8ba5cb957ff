// The live table as a director reports it: its digest, and the changes from it to the rules. Computed when it has changed.
import { createHash } from 'node:crypto'
import type { Destination } from '../../model/destination.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { serviceKey } from '../../model/service.ts'
import { NO_STATS } from '../../model/stats.ts'
import type { VirtualService } from '../../model/virtual-service.ts'
import { NUMBERS } from '../../output/endpoints.ts'
import { plan } from '../../reconcile/plan.ts'
import { formatSteps } from '../../reconcile/plan-lines.ts'
import { formatServiceRules } from '../../rules/rule-lines.ts'
import type { KnownService } from '../known-table.ts'
import type { LoopStatus } from '../loop-status.ts'

/** Lines of differences that are reported; more are counted. */
const MOST_LINES = 50

export class TableView {
  #edition = -1
  #rules: Ruleset | undefined
  #digest = ''
  #differences: { readonly count: number; readonly lines: readonly string[] } = { count: 0, lines: [] }

  get digest(): string {
    return this.#digest
  }

  get differences() {
    return this.#differences
  }

  update({ table, edition, config }: LoopStatus, rules: Ruleset | undefined): void {
    if (table === undefined || (edition === this.#edition && rules === this.#rules)) return
    this.#edition = edition
    this.#rules = rules
    const services = servicesOf([...table.values()])
    this.#digest = createHash('sha256').update(linesOf(services)).digest('hex')
    if (rules === undefined) return
    // With `keep`, services that the rules do not have are somebody else's.
    const ours =
      config.drift === 'keep'
        ? services.filter(({ service }) => rules.services.has(serviceKey(service.id)))
        : services
    const wanted = { services: rules.services, timeouts: undefined, daemons: new Map(), zeros: [] }
    const steps = plan({ table: ours, timeouts: undefined, daemons: undefined }, wanted)
    const lines = [...formatSteps(first(steps, MOST_LINES))].join('').split('\n').filter(Boolean)
    this.#differences = { count: steps.length, lines }
  }
}

function* first<T>(all: Iterable<T>, count: number): Generator<T, void, undefined> {
  let left = count
  for (const one of all) {
    if (left-- <= 0) return
    yield one
  }
}

const linesOf = (services: readonly VirtualService[]): string =>
  services
    .map((service) => formatServiceRules(service, NUMBERS).split('\n').sort().join('\n'))
    .sort()
    .join('\n')

function servicesOf(table: readonly KnownService[]): VirtualService[] {
  return table.map(({ id, config, servers }) => ({
    service: { id, config, observed: { stats: NO_STATS } },
    destinations: [...servers.values()].map(
      (server): Destination => ({ id: server.id, config: server.config, observed: UNUSED }),
    ),
  }))
}

const UNUSED = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, stats: NO_STATS }
