// The sync daemons configured for ipvsadm.service, as systemd and packaging/systemd/service read the settings.

export interface ConfiguredDaemon {
  readonly state: 'master' | 'backup'
  readonly interface: string
  readonly syncId: number
  /** The file that configures it. */
  readonly path: string
}

/** In the order of the unit's EnvironmentFile=: a later file wins. */
const SETTINGS_FILES = ['/etc/default/ipvsadm', '/etc/sysconfig/ipvsadm-config']

export function configuredDaemons(file: (path: string) => string | undefined): ConfiguredDaemon[] {
  const settings = new Map<string, string>()
  let path = ''
  for (const candidate of SETTINGS_FILES) {
    for (const [name, value] of assignments(file(candidate) ?? '')) {
      settings.set(name, value)
      if (name === 'DAEMON') path = candidate
    }
  }
  const daemon = settings.get('DAEMON')
  const syncId = Number(settings.get('SYNCID') || 0)
  const states = (['master', 'backup'] as const).filter((state) => daemon === state || daemon === 'both')
  if (!Number.isInteger(syncId)) return []
  return states.map((state) => ({ state, interface: settings.get('IFACE') || 'eth0', syncId, path }))
}

/** The assignments of a file that a shell and systemd read alike: values in quotes of either kind, or in none. */
function* assignments(text: string): Generator<readonly [name: string, value: string], void, undefined> {
  const pattern = /^[ \t]*(?:export[ \t]+)?(\w+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#"']*))/gm
  for (const [, name = '', double, single, bare = ''] of text.matchAll(pattern)) {
    yield [name, double ?? single ?? bare]
  }
}
