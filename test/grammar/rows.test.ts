// The rules of the option table and the command table: what every row must be, and what derives from them.

import { describe, expect, it } from '@jest/globals'
import { COMMANDS, type CommandRow } from '../../lib/grammar/command-rows.ts'
import { OPTIONS, type Option } from '../../lib/grammar/option-rows.ts'
import { helpText } from '../../lib/help/usage.ts'

const ROWS: readonly (CommandRow | Option)[] = [...COMMANDS, ...OPTIONS]
const repeated = <T>(items: readonly T[]) => items.filter((item, index) => items.indexOf(item) !== index)
const HELP = helpText('help')

describe('names', () => {
  it('are unique', () => {
    expect(repeated(ROWS.map(({ long }) => long))).toEqual([])
    expect(repeated(ROWS.flatMap(({ short }) => [...(short ?? '')]))).toEqual([])
    expect(repeated(COMMANDS.map(({ id }) => id))).toEqual([])
  })

  it.each(ROWS.map((row) => [row.long, row] as const))('--%s is well formed', (long, { short }) => {
    expect(long).toMatch(/^[a-z][a-z0-9-]+$/)
    if (short !== undefined) expect(short).toMatch(/^[A-Za-z0-9]+$/)
  })

  it("include all of the reference's", () => {
    const short = ROWS.flatMap((row) => [...(row.short ?? '')])
    expect(short).toEqual(expect.arrayContaining([...'6ACDELMRSZabcdefghilmnoprstuvwxy']))
    // biome-ignore format: a table
    expect(ROWS.map(({ long }) => long)).toEqual(expect.arrayContaining([
      'add-server', 'add-service', 'clear', 'connection', 'daemon', 'delete-server', 'delete-service', 'edit-server',
      'edit-service', 'exact', 'fwmark-service', 'gatewaying', 'help', 'ipip', 'ipv6', 'l-threshold', 'list',
      'masquerading', 'mcast-group', 'mcast-interface', 'mcast-port', 'mcast-ttl', 'netmask', 'nosort', 'numeric',
      'ops', 'pe', 'persistent', 'persistent-conn', 'rate', 'real-server', 'restore', 'save', 'sched-flags',
      'scheduler', 'sctp-service', 'set', 'sort', 'start-daemon', 'stats', 'stop-daemon', 'sync-maxlen', 'syncid',
      'tcp-service', 'thresholds', 'timeout', 'tun-csum', 'tun-info', 'tun-nocsum', 'tun-port', 'tun-remcsum',
      'tun-type', 'u-threshold', 'udp-service', 'version', 'weight', 'zero',
    ]))
  })
})

describe('options', () => {
  it.each(OPTIONS.map((option) => [option.long, option] as const))('--%s', (_, option) => {
    expect(option.help).not.toBe('')
    expect(option.help).not.toMatch(/\.$/)
    // A switch has no value; an option with a value has a name for it and a reader.
    expect(option.valueName !== undefined).toBe(option.argument !== 'none')
    if (option.argument !== 'none') expect(option.read).toBeDefined()
    // A text never contains the option's name, which the caller adds.
    expect(option.help).not.toContain(`--${option.long}`)
  })

  it('of one id are adjacent, with one place in the order of precedence', () => {
    const ids = OPTIONS.map(({ id }) => id)
    const runs = ids.filter((id, i) => id !== ids[i - 1])
    expect(repeated(runs)).toEqual([])
  })

  it('are each used by a command, if they count', () => {
    const used = new Set(COMMANDS.flatMap(({ options }) => Object.keys(options)))
    for (const { id, idle } of OPTIONS) expect([id, used.has(id)]).toEqual([id, idle !== true])
  })
})

describe('commands', () => {
  it('name existing options', () => {
    const ids = new Set<string>(OPTIONS.map(({ id }) => id))
    for (const { options } of COMMANDS) for (const id of Object.keys(options)) expect(ids).toContain(id)
  })

  it('have a text', () => {
    for (const { help } of COMMANDS) expect(help).toMatch(/[^.]$/)
  })
})

describe('help', () => {
  it.each(ROWS.map((row) => [row.long, row] as const))('lists --%s with a text', (long, row) => {
    const lines = HELP.split('\n').filter((line) => new RegExp(`^  --${long}[ ,]`).test(line))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(row.help)
    for (const name of row.short ?? '') expect(lines[0]).toMatch(new RegExp(`[ ,]-${name}[ ,]`))
    if ('valueName' in row && row.valueName !== undefined) expect(lines[0]).toContain(row.valueName)
  })

  it('begins with the version, in the form that programs parse', () => {
    expect(helpText('version')).toBe('ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n')
    expect(HELP.startsWith(helpText('version'))).toBe(true)
  })

  it('has no line that a terminal would break, and ends with one', () => {
    for (const line of HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    for (const line of HELP.split('\n')) expect(line).toBe(line.trimEnd())
    expect(HELP).toMatch(/[^\n]\n$/)
  })
})
