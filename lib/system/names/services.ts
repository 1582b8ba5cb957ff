// Service names: /etc/services, read once, when a name is first asked for.
export interface ServiceNames {
  /** The first name of a port, undefined if it has none. */
  name(port: number, protocol: string): string | undefined
  /** The port that a name or an alias stands for. */
  port(name: string, protocol: string): number | undefined
}

/** The services that the text of /etc/services lists; an earlier line wins. */
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

let services: ServiceNames | undefined

/** The system's services; none if the file cannot be read. */
export function systemServices(): ServiceNames {
  services ??= parseServices(readServices())
  return services
}

function readServices(): string {
  try {
    // Loaded here, for it would be a quarter of the standalone binary's start.
    const { readFileSync } = require('node:fs') as typeof import('node:fs')
    return readFileSync('/etc/services', 'latin1')
  } catch {
    return ''
  }
}
