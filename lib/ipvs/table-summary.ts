// /proc/net/ip_vs → the size of a table, which shows whether a namespace has one, without a socket in it.

/** The file, below a process's folder of /proc. */
export const TABLE_FILE = 'net/ip_vs'

export interface TableSummary {
  readonly services: number
  readonly servers: number
  readonly connections: number
}

/** Title, heading of services, heading of servers. */
const HEADINGS = 3

/** The servers' lines begin with an arrow and end with the active and the inactive connections. */
const SERVER = /^ *-> .* (\d+) +(\d+) *$/

export function summarizeTable(text: string): TableSummary {
  let services = 0
  let servers = 0
  let connections = 0
  for (const line of text.split('\n').slice(HEADINGS)) {
    const [, active, inactive] = SERVER.exec(line) ?? []
    if (active !== undefined) {
      servers++
      connections += Number(active) + Number(inactive)
    } else if (line !== '') services++
  }
  return { services, servers, connections }
}
