// A hint for firewall marks in hexadecimal, which the packet filters print and the original refuses.
import { MAX_UINT } from '../model/limits.ts'

/** @returns undefined if the message is not about such a mark */
export function markHint(message: string): string | undefined {
  const [, mark] = /^invalid fwmark value `(0x[0-9a-f]+)' specified/i.exec(message) ?? []
  const number = Number(mark)
  // Not a number if there is no mark.
  if (!(number >= 1 && number <= MAX_UINT)) return undefined
  return `marks are decimal numbers here: ${mark} is ${number}`
}
