// Checks of the connections to real servers that were tried (`--probe`).
import { describeErrno, ECONNREFUSED, ETIMEDOUT, errnoName } from '../model/errors.ts'
import { connectionKey } from './facts/connections.ts'
import type { Check } from './finding.ts'
import { everyServer } from './servers.ts'

/** The observation and the fix, by the errno. */
const FAILURES: Readonly<Record<number, { readonly what: string; readonly fix: string }>> = {
  [ECONNREFUSED]: {
    what: 'refuses connections: nothing listens at its port',
    fix: 'start the server program there, or correct the port',
  },
  [ETIMEDOUT]: {
    what: 'does not answer: it is down, or a firewall drops the packets',
    fix: 'check the host and the firewalls on the way to it',
  },
}
const UNREACHABLE = {
  what: 'cannot be reached',
  fix: 'check the route and the network on the way to it',
}

export const probeChecks: readonly Check[] = [
  {
    id: 'server-does-not-answer',
    severity: 'error',
    *find({ table, probes }) {
      for (const { destination, text } of everyServer(table)) {
        const { address, port } = destination.id
        const errno = probes.get(connectionKey('tcp', address, port))
        if (errno === undefined || errno === 0 || destination.config.weight === 0) continue
        const { what, fix } = FAILURES[errno] ?? UNREACHABLE
        const shown = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
        yield {
          problem: `the real server ${shown} ${what}`,
          evidence: `${text}; a connection from here: ${describeErrno(errno)} (${errnoName(errno)})`,
          fix: `${fix}; until then: ipvsadm -e ${text} --keep -w 0`,
          manual: true,
        }
      }
    },
  },
]
