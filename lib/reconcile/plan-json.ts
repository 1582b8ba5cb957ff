// A plan as JSON: one document, a change a line. The keys are those of the listings' JSON; see docs/restore.md.

import { DAEMON, DESTINATION, SERVICE, TIMEOUTS } from '../ipvs/schema.ts'
import type { Change } from '../model/change.ts'
import { serviceFlagNames, tunnelFlagNames } from '../model/flag-names.ts'
import { inChunks } from '../output/chunks.ts'
import { jsonText, listed, openDocument, pick } from '../output/listing-json.ts'
import { formatChange } from '../rules/change-lines.ts'
import { ACTIONS, type Action } from './plan-lines.ts'
import type { PlanStep } from './step-list.ts'

/** @param before the same change with the previous values; undefined if it replaces nothing */
export function formatPlanJson(
  steps: Iterable<PlanStep>,
  before: (change: Change) => Change | undefined,
): Generator<string, void, undefined> {
  const summary: Record<Action, number> = { add: 0, edit: 0, delete: 0 }
  for (const { change } of steps) summary[ACTIONS[change.kind]]++
  function* changes() {
    for (const step of steps) yield stepJson(step, before(step.change))
  }
  return inChunks(listed(`${openDocument({ summary })},"changes":[`, changes()))
}

function stepJson({ change, line }: PlanStep, old: Change | undefined): object {
  const from = old && values(old)
  const to = values(change)
  return {
    action: ACTIONS[change.kind],
    ...subject(change),
    ...(from && { before: from }),
    ...(to && { after: to }),
    ...(from && to && { fields: Object.keys(to).filter((key) => jsonText(to[key]) !== jsonText(from[key])) }),
    rule: formatChange(change),
    ...(line !== 0 && { line }),
  }
}

/** The entry of the change. */
function subject(change: Change): object {
  switch (change.kind) {
    case 'add-service':
    case 'edit-service':
    case 'delete-service':
      return { type: 'service', service: pick(SERVICE.schema.id, change.service) }
    case 'add-server':
    case 'edit-server':
    case 'delete-server':
      return {
        type: 'destination',
        service: pick(SERVICE.schema.id, change.service),
        destination: pick(DESTINATION.schema.id, change.server),
      }
    case 'zero':
      return { type: 'counters', ...(change.service && { service: pick(SERVICE.schema.id, change.service) }) }
    case 'set':
      return { type: 'timeouts' }
    case 'start-daemon':
      return { type: 'daemon', state: change.daemon.state }
    case 'stop-daemon':
      return { type: 'daemon', state: change.state }
    case 'flush':
      return { type: 'table' }
  }
}

/** The new values of the entry, or the removed ones. */
function values(change: Change): Readonly<Record<string, unknown>> | undefined {
  switch (change.kind) {
    case 'add-service':
    case 'edit-service': {
      const { config } = change
      return {
        ...pick(SERVICE.schema.config, config),
        flags: serviceFlagNames(config.flags, config.scheduler),
      }
    }
    case 'add-server':
    case 'edit-server': {
      const { config } = change
      return { ...pick(DESTINATION.schema.config, config), tunnelFlags: tunnelFlagNames(config.tunnelFlags) }
    }
    case 'set':
      return pick(TIMEOUTS.schema.all, change.timeouts)
    case 'start-daemon':
      return pick(DAEMON.schema.all, change.daemon)
    default:
      return undefined
  }
}
