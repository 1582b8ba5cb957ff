// A hint on firewall marks in hexadecimal, which packet filters print and the original refuses.
import { MAX_UINT } from '../model/limits.ts'

/** @returns undefined for other messages */
export function markHint(message: string): string | undefined {
  const [, mark] = /^invalid fwmark value `(0x[0-9a-f]+)' specified/i.exec(message) ?? []
  const number = Number(mark)
  // NaN without a mark.
  if (!(number >= 1 && number <= MAX_UINT)) return undefined
  return `marks are decimal numbers here: ${mark} is ${number}`
}
