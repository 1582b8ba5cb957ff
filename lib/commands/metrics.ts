// `ipvsadm metrics`: prints the metrics once, in the text format of Prometheus.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { CONNECTION_LIST } from '../ipvs/connection-list.ts'
import { openClient } from '../ipvs/open-client.ts'
import {
  type ConnectionCounts,
  type ConnectionOwners,
  countConnections,
} from '../metrics/connection-counts.ts'
import { exposition } from '../metrics/exposition.ts'
import { type Selection, TableMetrics } from '../metrics/families.ts'
import { NodeExporterMetrics } from '../metrics/node-exporter.ts'
import { visitTable } from '../metrics/observation.ts'
import { inScope } from '../reconcile/scope.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'
import { readScope } from './file-options.ts'

export async function run(args: OptionValues, system: System): Promise<CommandOutcome> {
  const selection = readSelection(args)
  const classic = args['node-exporter-names'] === true
  const metrics = classic ? new NodeExporterMetrics(selection) : new TableMetrics(selection)
  const client = await openClient(system)
  try {
    const director = await visitTable(client, system, metrics)
    const counted = metrics instanceof TableMetrics && args['no-connections'] !== true
    const connections = counted ? readCounts(system, metrics.owners) : undefined
    for (const text of exposition(metrics.families({ ...director, connections }))) system.writeOutput(text)
  } finally {
    client.close()
  }
  return 'done'
}

/** The selection that `--scope` and `--no-servers` make. Throws a UsageError when a value is refused. */
export function readSelection(args: OptionValues): Selection {
  const shown = scopeOf(args.scope)
  const without = scopeOf(args['no-servers'])
  return {
    hidesService: ({ id }) => shown !== undefined && !inScope(id, shown),
    hidesServers: ({ id }) => without !== undefined && inScope(id, without),
  }
}

function scopeOf(value: unknown) {
  const words = (value ?? []) as readonly string[]
  return words.length === 0 ? undefined : readScope(words)
}

/** Undefined: the list cannot be read. */
function readCounts(system: System, owners: ConnectionOwners): ConnectionCounts | undefined {
  try {
    return countConnections(system.readChunks(CONNECTION_LIST), owners)
  } catch {
    return undefined
  }
}
