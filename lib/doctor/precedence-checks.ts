// Checks of services that get packets in the place of others: ip_vs looks a packet up by its mark, then by its address and
// port, then by its address alone (ip_vs_service_find, ip_vs_ctl.c).
import { isFwmark } from '../model/service.ts'
import { markIn } from './facts/packet-filter.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'
import { serviceWords } from './servers.ts'

export const precedenceChecks: readonly Check[] = [
  {
    id: 'service-hidden-by-mark',
    severity: 'error',
    *find({ table, firewall }) {
      const marks = table.flatMap(({ service }) =>
        isFwmark(service.id) ? [{ service, id: service.id }] : [],
      )
      for (const { service } of marks.length === 0 ? [] : table) {
        const { id } = service
        if (isFwmark(id)) continue
        const packet = { protocol: id.protocol, destination: id.address, isNew: true }
        const mark = markOf(
          firewall,
          id.family,
          id.port === 0 ? packet : { ...packet, destinationPort: id.port },
        )
        const hiding = marks.find((one) => one.id.family === id.family && one.id.fwmark === mark?.value)
        if (hiding === undefined || mark === undefined) continue
        const other = serviceWords(hiding.service)
        yield {
          problem: 'a service gets no packets: a service by firewall mark takes them',
          evidence: `${serviceWords(service)}; ${mark.chain} marks its packets with ${mark.value}, which ${other} takes`,
          fix: `delete one of them: ipvsadm -D ${serviceWords(service)}, or ipvsadm -D ${other} with the rule that sets the mark`,
          manual: true,
        }
      }
    },
  },
  {
    id: 'service-of-all-ports',
    severity: 'note',
    *find({ table }) {
      for (const { service } of table) {
        const { id } = service
        if (isFwmark(id) || id.port !== 0) continue
        const others = table.filter(
          ({ service: { id: other } }) =>
            !isFwmark(other) &&
            other.port !== 0 &&
            other.address === id.address &&
            other.protocol === id.protocol,
        )
        const [other] = others
        if (other === undefined) continue
        const more = others.length === 1 ? '' : ` and ${others.length - 1} more`
        yield {
          problem:
            'a service of all ports does not get those that have a service of their own: a client may be at two servers',
          evidence: `${serviceWords(service)}; ${serviceWords(other.service)}${more}`,
          fix: `if a client is to stay at one server for all ports: ipvsadm -D ${serviceWords(other.service)}`,
          manual: true,
        }
      }
    },
  },
]

function markOf(firewall: Facts['firewall'], family: 'inet' | 'inet6', packet: Parameters<typeof markIn>[1]) {
  for (const { families, chains } of firewall) {
    if (!families.includes(family)) continue
    for (const chain of chains.values()) {
      const value = chain.hook === 'prerouting' ? markIn(chain, packet) : undefined
      if (value !== undefined) return { value, chain: chain.name }
    }
  }
  return undefined
}
