// The live view's state and screens: samples and keys in, lines out.
import { describe, expect, it } from '@jest/globals'
import { parseAddress } from '../../lib/model/address.ts'
import type { Destination } from '../../lib/model/destination.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { type Service, serviceKey } from '../../lib/model/service.ts'
import { NO_STATS } from '../../lib/model/stats.ts'
import type { Key } from '../../lib/top/keys.ts'
import { INITIAL, pressed, sampled, type TopState, visibleTracks } from '../../lib/top/state.ts'
import { bar, HISTORY, nextToRead, shareOf, sparkline, track } from '../../lib/top/tracks.ts'
import { screen, shownServices } from '../../lib/top/view.ts'

function service(address: string, rate = 0, scheduler = 'rr'): Service {
  return {
    id: { family: 'inet', protocol: 'tcp', address: parseAddress(address)!, port: 80 },
    config: { scheduler, flags: 0, timeout: 0, netmask: hostNetmask('inet'), engine: '' },
    observed: { stats: { ...NO_STATS, connectionRate: BigInt(rate) } },
  }
}

function server(address: string, rate: number, active = 0, weight = 1): Destination {
  return {
    id: { family: 'inet', address: parseAddress(address)!, port: 80 },
    config: {
      forwarding: 'masquerade',
      weight,
      upperThreshold: 0,
      lowerThreshold: 0,
      tunnelType: 'ipip',
      tunnelPort: 0,
      tunnelFlags: 0,
    },
    observed: {
      activeConnections: active,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats: { ...NO_STATS, connectionRate: BigInt(rate) },
    },
  }
}

const SERVICES = [service('10.0.0.1', 5), service('10.0.0.2', 50, 'wlc'), service('10.0.0.3', 0)]
const DESTINATIONS = new Map([
  [
    serviceKey(SERVICES[1]!.id),
    [server('10.1.0.1', 30, 3), server('10.1.0.2', 10, 1), server('10.1.0.3', 0, 0, 0)],
  ],
])
const STATE = sampled(INITIAL, { services: SERVICES, destinations: DESTINATIONS, connections: [] })
const SIZE = { columns: 130, rows: 12 }

const type = (state: TopState, ...keys: (string | NonNullable<Key['name']>)[]) =>
  keys.reduce(
    (before, key) =>
      pressed(before, [...key].length > 1 ? { text: '', name: key as never } : { text: key }, 5),
    state,
  )
const names = (state: TopState) =>
  visibleTracks(state).map(({ service: { id } }) => ('address' in id ? id.address : id.fwmark))
const text = (state: TopState, size = SIZE) =>
  screen(state, size).map((line) =>
    line
      .map((piece) => piece.text)
      .join('')
      .trimEnd(),
  )

describe('tracks', () => {
  it('keep a minute of samples and drop removed services', () => {
    let tracks = STATE.tracks
    for (let i = 0; i < 2 * HISTORY; i++)
      tracks = track(tracks, { services: [service('10.0.0.1', i)], destinations: new Map() })
    expect([...tracks.keys()]).toEqual(['tcp 10.0.0.1 80'])
    const { history } = tracks.get('tcp 10.0.0.1 80')!
    expect(history).toHaveLength(HISTORY)
    expect(history.at(-1)).toBe(2 * HISTORY - 1)
  })

  it('keep the servers that were read before', () => {
    const tracks = track(STATE.tracks, { services: SERVICES, destinations: new Map() })
    expect(tracks.get(serviceKey(SERVICES[1]!.id))!.destinations).toHaveLength(3)
  })

  const IDS = Array.from({ length: 1000 }, (_, i) => service(`10.0.${i >> 8}.${i & 255}`).id)
  const KEYS = IDS.map(serviceKey)

  it('read the servers of all services in turn, and of the unfolded ones always', () => {
    const attention = { shown: new Set(KEYS.slice(480, 520)), unfolded: new Set([KEYS[500]!, KEYS[7]!]) }
    const known = new Set(KEYS)
    const counts = new Map<string, number>()
    for (let turn = 0; turn < 125; turn++) {
      const wanted = nextToRead(IDS, attention, known, turn).map(serviceKey)
      expect(wanted).toContain(KEYS[500]!)
      expect(new Set(wanted).size).toBe(21)
      for (const key of wanted) counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(1000)
    for (const key of attention.shown) expect(counts.get(key)).toBeGreaterThanOrEqual(38)
  })

  it('read at once the servers of services that come onto the screen', () => {
    const shown = new Set(KEYS.slice(0, 40))
    expect(nextToRead(IDS, { shown, unfolded: new Set() }, new Set(), 0)).toHaveLength(48)
    const few = IDS.slice(0, 5)
    expect(nextToRead(few, { shown, unfolded: new Set() }, new Set(KEYS), 3)).toHaveLength(5)
  })

  it('draw lines and bars', () => {
    expect(sparkline([0, 1, 4, 8], 6)).toBe('   ▁▄█')
    expect(sparkline([1, 2, 3], 2)).toBe('▆█')
    expect(bar(0.5, 4)).toBe('██··')
    expect(bar(7, 4)).toBe('████')
  })

  it('share a service by rates, or by connections while there is no rate', () => {
    const [first, second, third] = DESTINATIONS.get(serviceKey(SERVICES[1]!.id))!
    expect([first!, second!, third!].map((one) => shareOf(one, [first!, second!, third!]))).toEqual([
      0.75, 0.25, 0,
    ])
    const idle = [server('10.1.0.1', 0, 3), server('10.1.0.2', 0, 1)]
    expect(idle.map((one) => shareOf(one, idle))).toEqual([0.75, 0.25])
    expect(shareOf(server('10.1.0.1', 0), [server('10.1.0.1', 0)])).toBe(0)
  })
})

describe('keys', () => {
  it('sort, reverse and filter', () => {
    expect(names(STATE)).toEqual(['10.0.0.2', '10.0.0.1', '10.0.0.3'])
    expect(names(type(STATE, 'r'))).toEqual(['10.0.0.3', '10.0.0.1', '10.0.0.2'])
    expect(names(type(STATE, 's', 's', 's', 's'))[0]).toBe('10.0.0.2')
    expect(names(type(STATE, '/', 'w', 'l', 'c'))).toEqual(['10.0.0.2'])
    expect(names(type(STATE, '/', 'x', 'backspace'))).toHaveLength(3)
    expect(names(type(STATE, '/', '1', '0', '.', '1', '.', '0', '.', '3'))).toEqual(['10.0.0.2'])
    expect(type(STATE, '/', 'a', '\u{1f600}', 'backspace').filter).toBe('a')
    expect(type(STATE, '/', 'q', 'escape')).toMatchObject({ filter: '', typing: false, quit: false })
  })

  it('take pasted text into the filter, and nowhere else', () => {
    const pasted: Key = { text: 'wlc', name: 'paste' }
    expect(names(pressed(type(STATE, '/'), pasted, 5))).toEqual(['10.0.0.2'])
    expect(pressed(STATE, { text: 'q', name: 'paste' }, 5)).toEqual(STATE)
  })

  it('select, unfold, pause and quit', () => {
    expect(type(STATE, 'down').selected).toBe('tcp 10.0.0.1 80')
    expect(type(STATE, 'down', 'down', 'down', 'up').selected).toBe('tcp 10.0.0.1 80')
    expect(type(STATE, 'return').unfolded).toEqual(new Set(['tcp 10.0.0.2 80']))
    expect(type(STATE, 'return', 'return').unfolded).toEqual(new Set())
    const paused = type(STATE, 'p')
    expect(sampled(paused, { services: [], destinations: new Map(), connections: [] })).toBe(paused)
    expect(type(STATE, 'c').connectionsOf).toBe('tcp 10.0.0.2 80')
    expect(type(STATE, 'c', 'escape').connectionsOf).toBeUndefined()
    expect(type(STATE, 'q').quit).toBe(true)
    expect(type(STATE, '/', 'interrupt').quit).toBe(true)
  })
})

describe('screen', () => {
  it('fills every row and no more than the width', () => {
    for (const size of [SIZE, { columns: 20, rows: 5 }, { columns: 300, rows: 60 }]) {
      for (const state of [STATE, type(STATE, 'return'), type(STATE, '?'), type(STATE, 'c')]) {
        const lines = screen(state, size)
        expect(lines).toHaveLength(size.rows)
        for (const line of lines) {
          expect(line.reduce((length, piece) => length + piece.text.length, 0)).toBeLessThanOrEqual(
            size.columns,
          )
        }
      }
    }
  })

  it('has room for its titles, the order and the way out in 80 columns', () => {
    for (const keys of [[], ['s'], ['r'], ['s', 's', 's', 'r']]) {
      const lines = text(type(STATE, ...keys), { columns: 80, rows: 12 })
      expect(lines[1]).toMatch(/ conn\/s +in B\/s {2}minute *$/)
      const { sort, reversed } = type(STATE, ...keys)
      expect(lines.at(-1)).toContain(`s sort: ${sort}${reversed ? ' ↑' : ''}   / filter`)
      expect(lines.at(-1)).toMatch(/q quit *$/)
    }
  })

  it('counts one of them as one', () => {
    const services = SERVICES.slice(1, 2)
    const destinations = new Map([[serviceKey(services[0]!.id), [server('10.1.0.1', 30)]]])
    const state = sampled(INITIAL, { services, destinations, connections: [] })
    expect(text(state)[0]).toContain('1 service, 1 server, 50 connections/s')
  })

  it('shows services, servers with their share, and what is draining', () => {
    const lines = text(type(STATE, 'return'))
    expect(lines[0]).toContain('3 services, 3 servers, 55 connections/s')
    expect(lines[2]).toMatch(/^-t 10\.0\.0\.2:80 +wlc +4 +0 +50/)
    expect(lines[3]).toMatch(/-> 10\.1\.0\.1:80 +Masq +3 +0 +30 .*█{15}·{5} 75% w 1$/)
    expect(lines[5]).toMatch(/0% w 0$/)
    const draining = screen(type(STATE, 'return'), SIZE)[5]!
    expect(draining[0]!.style).toBe('draining')
  })

  it('keeps the selected service in sight', () => {
    const many = Array.from({ length: 100 }, (_, i) => service(`10.0.0.${i}`))
    let state = sampled(INITIAL, { services: many, destinations: new Map(), connections: [] })
    for (let i = 0; i < 99; i++) state = type(state, 'down')
    expect(shownServices(state, SIZE)).toContain(state.selected)
    expect(text(state).some((line) => line.startsWith('-t 10.0.0.99:80'))).toBe(true)
  })
})
