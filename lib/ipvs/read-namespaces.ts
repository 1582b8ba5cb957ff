// The network namespaces that have an IPVS table, with how much is in it. Loads no module.

import { type FoundNamespace, findNamespaces, isOwnLimit, NamespaceError } from '../system/find-namespaces.ts'
import { OWN_NAMESPACE } from '../system/namespace-files.ts'
import type { Namespaces, System } from '../system/system.ts'
import { summarizeTable, TABLE_FILE, type TableSummary } from './table-summary.ts'

export interface NamespaceTable extends FoundNamespace {
  readonly table: TableSummary
}

export interface NamespaceTables {
  readonly tables: readonly NamespaceTable[]
  /** The number of unreadable files and processes. */
  readonly hidden: number
}

/** The tables that have services. Rejects with a NamespaceError where /proc is missing. */
export async function readNamespaces(system: System): Promise<NamespaceTables> {
  const { namespaces } = system
  if (namespaces === undefined) return { tables: [], hidden: 0 }
  const { found, hidden } = findNamespaces(namespaces)
  if (!found.some(({ own }) => own)) {
    throw new NamespaceError(`cannot list the network namespaces: no ${OWN_NAMESPACE}`, 'ENOENT')
  }
  const tables: NamespaceTable[] = []
  let unread = 0
  for (const namespace of found) {
    try {
      const table = summarizeTable(await readTable(namespace, namespaces, system))
      if (table.services > 0) tables.push({ ...namespace, table })
    } catch (error) {
      if (isOwnLimit(error)) throw error
      if (isForbidden(error)) unread++
    }
  }
  return { tables, hidden: hidden + unread }
}

const isForbidden = (error: unknown) =>
  ['EACCES', 'EPERM'].includes((error as { readonly code?: string }).code ?? '')

/** Reads through a process in the namespace if there is one, without entering it. */
async function readTable(
  { inode, own, files, processes }: FoundNamespace,
  namespaces: Namespaces,
  system: System,
): Promise<string> {
  const [process] = processes
  if (own || process !== undefined) {
    const folder = own ? '/proc/self' : `/proc/${process}`
    // The id may belong to another process meanwhile.
    if (own || namespaces.inode(`${folder}/ns/net`) === inode) {
      return new TextDecoder().decode(system.readFile(`${folder}/${TABLE_FILE}`))
    }
  }
  return await namespaces.read(files[0] ?? OWN_NAMESPACE, `/proc/self/${TABLE_FILE}`)
}
