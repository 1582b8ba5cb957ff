// Change → the rule line that makes it, in a file or on a command line.
import type { Change } from '../model/change.ts'
import type { SyncDaemon, Timeouts } from '../model/director.ts'
import { isFwmark } from '../model/service.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { formatAddServer, formatAddService, formatServiceId } from './rule-lines.ts'

/** Numeric, without the line end. */
export function formatChange(change: Change): string {
  switch (change.kind) {
    case 'add-service':
      return formatAddService({ id: change.service, config: change.config }, NUMBERS).trimEnd()
    case 'edit-service':
      return formatChange({ ...change, kind: 'add-service' }).replace('-A', '-E')
    case 'delete-service':
      return `-D ${formatServiceId(change.service, NUMBERS)}`
    case 'flush':
      return '-C'
    case 'add-server':
      return formatAddServer(change.service, { id: change.server, config: change.config }, NUMBERS).trimEnd()
    case 'edit-server':
      return formatChange({ ...change, kind: 'add-server' }).replace('-a', '-e')
    case 'delete-server': {
      const { service, server } = change
      const protocol = isFwmark(service) ? undefined : service.protocol
      const endpoint = formatEndpoint(server.address, server.port, protocol, NUMBERS)
      return `-d ${formatServiceId(service, NUMBERS)} -r ${endpoint}`
    }
    case 'zero':
      return change.service === undefined ? '-Z' : `-Z ${formatServiceId(change.service, NUMBERS)}`
    case 'set':
      return formatSet(change.timeouts)
    case 'start-daemon':
      return formatStartDaemon(change.daemon)
    case 'stop-daemon':
      return `--stop-daemon ${change.state}`
  }
}

export function formatSet({ tcp, tcpFin, udp }: Timeouts): string {
  return `--set ${tcp} ${tcpFin} ${udp}`
}

export function formatStartDaemon(daemon: SyncDaemon): string {
  const { state, interface: name, syncId, maxLength, group, port, ttl } = daemon
  let text = `--start-daemon ${state}`
  if (name !== '') text += ` --mcast-interface ${name}`
  text += ` --syncid ${syncId}`
  if (maxLength !== undefined) text += ` --sync-maxlen ${maxLength}`
  if (group !== undefined) text += ` --mcast-group ${group}`
  if (port !== undefined) text += ` --mcast-port ${port}`
  if (ttl !== undefined) text += ` --mcast-ttl ${ttl}`
  return text
}
