// Errors as JSON, for command lines that ask for JSON: one object on stderr.
import { jsonText } from './listing-json.ts'
import { markHint } from './mark-hint.ts'
import { describe } from './messages.ts'

/** Properties of an error that are printed besides its message. */
const DETAILS = ['code', 'errno', 'request', 'explanation', 'path'] as const

/** `{"error":{"message":…,"status":…,"code":…}}` with a line end, as docs/json.md describes it. */
export function formatError(error: Error, status: number): string {
  const details = DETAILS.flatMap((name) => {
    const value = (error as Error & Partial<Record<(typeof DETAILS)[number], unknown>>)[name]
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : []
  })
  const message = describe(error)
  const hint = markHint(message)
  return `${jsonText({ error: { message, status, ...Object.fromEntries(details), ...(hint !== undefined && { hint }) } })}\n`
}
