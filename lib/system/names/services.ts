// Service names, from the text of /etc/services, as the C library reads it (nss_files).
import { MAX_UINT } from '../../model/limits.ts'

export interface ServiceNames {
  /** The first name of a port, undefined if it has none. */
  name(port: number, protocol: string): string | undefined
  /** The port of a name or an alias. */
  port(name: string, protocol: string): number | undefined
}

/** A port, decimal, octal or hexadecimal, and its protocol. */
const PORT = /^\+?(0x[\da-f]+|0[0-7]*|[1-9]\d*)\/+(\S+)$/i

/** The services in the text of /etc/services; an earlier line wins. */
export function parseServices(text: string): ServiceNames {
  const byPort = new Map<string, string>()
  const byName = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [name, portAndProtocol, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    const [, digits, protocol] = PORT.exec(portAndProtocol ?? '') ?? []
    if (name === undefined || digits === undefined) continue
    const value = Number(digits.replace(/^0(?=[0-7])/, '0o'))
    if (value > MAX_UINT) continue
    const port = value & 0xffff
    if (!byPort.has(`${port}/${protocol}`)) byPort.set(`${port}/${protocol}`, name)
    for (const alias of [name, ...aliases]) {
      if (!byName.has(`${alias}/${protocol}`)) byName.set(`${alias}/${protocol}`, port)
    }
  }
  return {
    name: (port, protocol) => byPort.get(`${port}/${protocol}`),
    port: (name, protocol) => byName.get(`${name}/${protocol}`),
  }
}
