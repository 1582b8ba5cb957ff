// The lines of ldirectord.cf: global settings, and sections of virtual services, which are indented.
import type { Notes } from './imported.ts'

export interface Setting {
  readonly key: string
  readonly value: string
  readonly line: number
}

export interface Section {
  readonly virtual: Setting
  readonly reals: readonly Setting[]
  readonly settings: ReadonlyMap<string, Setting>
  readonly globals: ReadonlyMap<string, Setting>
}

/** Settings that have a meaning here, but for `virtual` and `real`. */
const CARRIED = new Set([
  ...[
    'checktimeout',
    'negotiatetimeout',
    'checkinterval',
    'failurecount',
    'fallback',
    'fallback6',
    'quiescent',
  ],
  ...['checktype', 'service', 'checkcommand', 'checkport', 'request', 'receive', 'httpmethod', 'virtualhost'],
  ...['scheduler', 'persistent', 'netmask', 'protocol', 'ops'],
])

/** Settings that have none, because the agent does the same, or because nothing depends on them. */
const SILENT = new Set(['autoreload', 'supervised', 'fork', 'readdquiescent', 'servicename', 'comment'])

/** The notes about other settings. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    checkcount: 'left out: it is of ping checks only',
    callback: 'left out: the agent calls no program when its files change',
    fallbackcommand: 'left out: the agent calls no program; its log tells when no server is up',
    logfile: 'left out: the agent logs to stderr, which systemd keeps',
    monitorfile: 'left out: agent status has the last result of each check',
    execute: 'left out: one agent serves several configurations; import them one by one',
    maintenancedir: 'left out: use ipvsadm drain',
    cleanstop: 'left out: the agent leaves the table as it is when it stops',
    login: 'left out: the agent does not log in to servers',
    passwd: 'left out: the agent does not log in to servers',
    database: 'left out: the agent does not log in to servers',
    secret: 'left out: the agent does not log in to servers',
  }),
)

export function settingOf({ settings, globals }: Section, key: string): Setting | undefined {
  return settings.get(key) ?? globals.get(key)
}

export function readSections(text: string, notes: Notes): Section[] {
  const globals = new Map<string, Setting>()
  const sections: (Section & { reals: Setting[]; settings: Map<string, Setting> })[] = []
  let current: (typeof sections)[number] | undefined
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const setting = readLine(raw, i + 1)
    if (setting === undefined) continue
    const { key, line } = setting
    const indented = /^\s/.test(raw)
    if (key === '') notes.add(line, 'left out: not a setting')
    else if (key === 'virtual' || key === 'virtual6') {
      current = { virtual: setting, reals: [], settings: new Map(), globals }
      sections.push(current)
    } else if (key === 'real' || key === 'real6') {
      if (current === undefined) notes.add(line, 'left out: a server without a service')
      else current.reals.push(setting)
    } else if (CARRIED.has(key)) {
      if (indented && current !== undefined) current.settings.set(key, setting)
      else globals.set(key, setting)
    } else if (!SILENT.has(key)) notes.add(line, leftOut(key))
  }
  return sections
}

function leftOut(key: string): string {
  if (key.startsWith('emailalert') || key === 'smtp') return 'left out: the agent sends no mail, it logs'
  return LEFT_OUT.get(key) ?? `left out: ${key} is not known`
}

/** `key = value`; a comment begins with a number sign outside of quotes. An empty key: the line is something else. */
function readLine(raw: string, line: number): Setting | undefined {
  const text = raw.replace(/^((?:[^"#]|"[^"]*")*)#.*$/, '$1').trim()
  if (text === '' || text.startsWith('#')) return undefined
  const match = /^(\w+)\s*=\s*(.*)$/.exec(text)
  const value = match?.[2] ?? ''
  const unquoted = /^(["'])([^"']*)\1$/.exec(value)
  return { key: match?.[1]?.toLowerCase() ?? '', value: unquoted?.[2] ?? value, line }
}
