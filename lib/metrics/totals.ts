// The kernel's counters of the whole network namespace: /proc/net/ip_vs_stats (ip_vs_ctl.c), numbers in hexadecimal.
//
//        Total Incoming Outgoing         Incoming         Outgoing
//        Conns  Packets  Packets            Bytes            Bytes
//            3       12       10              2f8              1d4
import { decodeText } from '../model/bytes.ts'
import type { Stats } from '../model/stats.ts'
import type { System } from '../system/system.ts'

export const TOTALS = '/proc/net/ip_vs_stats'

export type Totals = Pick<Stats, 'connections' | 'inPackets' | 'outPackets' | 'inBytes' | 'outBytes'>

/** Undefined if the file cannot be read or is not understood. */
export function readTotals(system: Pick<System, 'readFile'>): Totals | undefined {
  try {
    return parseTotals(decodeText(system.readFile(TOTALS)))
  } catch {
    return undefined
  }
}

export function parseTotals(text: string): Totals | undefined {
  const words = text.split('\n')[2]?.trim().split(/ +/) ?? []
  if (words.length !== 5 || !words.every((word) => /^[0-9a-f]{1,16}$/i.test(word))) return undefined
  const value = (index: number) => BigInt(`0x${words[index]}`)
  return {
    connections: value(0),
    inPackets: value(1),
    outPackets: value(2),
    inBytes: value(3),
    outBytes: value(4),
  }
}
