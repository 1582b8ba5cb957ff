// Service names, from the text of /etc/services.
export interface ServiceNames {
  /** The first name of a port, undefined if it has none. */
  name(port: number, protocol: string): string | undefined
  /** The port of a name or an alias. */
  port(name: string, protocol: string): number | undefined
}

/** The services in the text of /etc/services; an earlier line wins. */
export function parseServices(text: string): ServiceNames {
  const byPort = new Map<string, string>()
  const byName = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [name, portAndProtocol, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    const [, port, protocol] = /^(\d+)\/(\w+)$/.exec(portAndProtocol ?? '') ?? []
    if (name === undefined || port === undefined) continue
    if (!byPort.has(`${port}/${protocol}`)) byPort.set(`${port}/${protocol}`, name)
    for (const alias of [name, ...aliases]) {
      if (!byName.has(`${alias}/${protocol}`)) byName.set(`${alias}/${protocol}`, Number(port))
    }
  }
  return {
    name: (port, protocol) => byPort.get(`${port}/${protocol}`),
    port: (name, protocol) => byName.get(`${name}/${protocol}`),
  }
}
