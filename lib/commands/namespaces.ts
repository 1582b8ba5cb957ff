// `ipvsadm namespaces`: lists the network namespaces of this machine that have an IPVS table.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { type NamespaceTable, readNamespaces } from '../ipvs/read-namespaces.ts'
import { DOCUMENT_FORMAT } from '../output/listing-json.ts'
import { visible } from '../output/visible.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'
import { reportHidden } from './in-namespace.ts'

export async function run({ json }: OptionValues, system: System): Promise<CommandOutcome> {
  const { tables, hidden } = await readNamespaces(system)
  const entries = tables.map((table) => ({ ...table, command: commandOf(table.processes[0], system) }))
  if (json === true) system.writeOutput(documentOf(entries))
  else if (entries.length === 0) system.writeOutput('no network namespace here has an IPVS table\n')
  else system.writeOutput(entries.reduce((text, entry) => text + row(cells(entry)), row(TITLES)))
  reportHidden(hidden, system)
  return 'done'
}

interface NamespaceEntry extends NamespaceTable {
  /** The name of the first process. */
  readonly command: string | undefined
}

const TITLES = ['Namespace', 'Services', 'Servers', 'Connections', 'Found at']
const WIDTHS = [24, -8, -8, -11, 0]

/** A negative width marks a column of numbers. */
function row(texts: readonly string[]): string {
  const columns = texts.map((text, i) => {
    const width = WIDTHS[i]!
    return width < 0 ? text.padStart(-width) : text.padEnd(width)
  })
  return `${columns.join(' ')}\n`
}

function cells(entry: NamespaceEntry): string[] {
  const { services, servers, connections } = entry.table
  return [visible(entry.word), `${services}`, `${servers}`, `${connections}`, placesOf(entry)]
}

function placesOf({ own, files, processes, command }: NamespaceEntry): string {
  const [first] = processes
  const others = processes.length > 1 ? ` and ${processes.length - 1} more` : ''
  const process =
    first === undefined
      ? []
      : [`process ${first}${command === undefined ? '' : ` (${visible(command)})`}${others}`]
  const mark = own ? ['this one'] : []
  return [...mark, ...files.map((file) => visible(file)), ...process].join(', ')
}

function commandOf(process: number | undefined, system: System): string | undefined {
  if (process === undefined) return undefined
  try {
    return new TextDecoder().decode(system.readFile(`/proc/${process}/comm`)).trimEnd()
  } catch {
    return undefined
  }
}

function documentOf(entries: readonly NamespaceEntry[]): string {
  const namespaces = entries.map(({ word, inode, own, files, processes, command, table }) => ({
    netns: word,
    inode,
    own,
    files,
    processes: processes.length,
    ...(processes[0] !== undefined && { process: processes[0] }),
    ...(command !== undefined && { command }),
    ...table,
  }))
  return `${JSON.stringify({ format: DOCUMENT_FORMAT, namespaces }, null, 2)}\n`
}
