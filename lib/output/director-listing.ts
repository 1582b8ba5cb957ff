// The listings of `-L --timeout` and `-L --daemon`.
import type { SyncDaemon, Timeouts } from '../model/director.ts'

export function formatTimeouts({ tcp, tcpFin, udp }: Timeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`
}

/** One line a daemon, the master first. */
export function formatDaemons(daemons: readonly SyncDaemon[]): string {
  return daemons.map(formatDaemon).join('')
}

function formatDaemon({ state, interface: name, syncId, maxLength, group, port, ttl }: SyncDaemon): string {
  const values = [`mcast=${name}`, `syncid=${syncId}`]
  // Kernels before 4.3 do not report the other settings.
  if (maxLength !== undefined) values.push(`maxlen=${maxLength}`)
  if (group !== undefined) values.push(`group=${group}`)
  if (port !== undefined) values.push(`port=${port}`)
  if (ttl !== undefined) values.push(`ttl=${ttl}`)
  return `${state} sync daemon (${values.join(', ')})\n`
}
