// The copy of a fleet's rules on the disk of a director: what it goes on with when no member of the cluster answers, also
// over a restart. A document whose content is not what its name says is not used.
import { digestOf } from '../../fleet/documents.ts'
import type { RevisionRef } from '../../fleet/fleet-values.ts'

export interface CopiedGroup extends RevisionRef {
  readonly text: string
}

/** By group. */
export type RulesCopy = ReadonlyMap<string, CopiedGroup>

/** Of this format; a file of another one is not read. */
const FORMAT = 1

export function formatCopy(copy: RulesCopy): string {
  const groups = [...copy].map(([group, { revision, document, text }]) => [
    group,
    { revision, document, text },
  ])
  return `${JSON.stringify({ format: FORMAT, groups: Object.fromEntries(groups) })}\n`
}

/** Undefined: it is no such file, or it is damaged. */
export function parseCopy(text: string): RulesCopy | undefined {
  try {
    const { format, groups } = JSON.parse(text)
    if (format !== FORMAT) return undefined
    const copy = new Map<string, CopiedGroup>()
    for (const [group, { revision, document, text }] of Object.entries<CopiedGroup>(groups)) {
      if (typeof text !== 'string' || !Number.isInteger(revision) || digestOf(text) !== document)
        return undefined
      copy.set(group, { revision, document, text })
    }
    return copy
  } catch {
    return undefined
  }
}
