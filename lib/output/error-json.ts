// Errors as JSON, for programs that asked for JSON: one object on stderr.

import { jsonText } from './listing-json.ts'
import { describe } from './messages.ts'

/** What an error may have besides its message. */
const DETAILS = ['code', 'errno', 'request', 'path'] as const

/** `{"error":{"message":…,"status":…,"code":…}}` with a line end; docs/json.md says what is in it. */
export function formatError(error: Error, status: number): string {
  const details = DETAILS.flatMap((name) => {
    const value = (error as Error & Partial<Record<(typeof DETAILS)[number], unknown>>)[name]
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : []
  })
  return `${jsonText({ error: { message: describe(error), status, ...Object.fromEntries(details) } })}\n`
}
