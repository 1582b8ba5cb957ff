// The fleet in the answers and in the event stream: when there is one, when it changes, and only while somebody looks.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FleetStatus } from '../../lib/model/fleet-state.ts'
import { Feed } from '../../lib/serve/feed.ts'
import { until } from '../support/until.ts'
import { Balancer } from './support/balancer.ts'
import { Reader } from './support/reader.ts'
import { director, fleetOf, shown } from './support/shown-fleet.ts'

let balancer: Balancer
beforeEach(async () => {
  balancer = await Balancer.start('-A -t 192.0.2.1:80 -s rr\n')
})
afterEach(() => balancer.stop())

describe('/api/fleet', () => {
  it('is not there without a fleet', async () => {
    const { status, body } = await balancer.ask('/api/fleet')
    expect([status, JSON.parse(body)]).toEqual([404, { error: { message: 'there is no fleet' } }])
  })

  it('has the status of the fleet as it is', async () => {
    const fleet = fleetOf([director('lb1')])
    balancer.fleet = async () => fleet
    const { status, headers, body } = await balancer.ask('/api/fleet')
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    expect(body).toBe(`${JSON.stringify(fleet, null, 2)}\n`)
  })

  it('says why the fleet cannot be read', async () => {
    balancer.fleet = () => Promise.reject(new Error('no member answers'))
    const { status, body } = await balancer.ask('/api/fleet')
    expect([status, JSON.parse(body)]).toEqual([503, { error: { message: 'no member answers' } }])
  })
})

describe('an event stream', () => {
  let fleet: FleetStatus | Error | undefined
  let asked: number
  let feed: Feed
  beforeEach(() => {
    fleet = undefined
    asked = 0
    const source = balancer.source()
    feed = new Feed({
      observe: () => source.observe(),
      fleet: async () => {
        asked++
        if (fleet instanceof Error) throw fleet
        return fleet
      },
      admin: false,
      interval: 5,
    })
  })
  afterEach(() => feed.close())

  const dataOf = (text: string) => JSON.parse(/^data: (.*)$/m.exec(text)![1]!)
  /** The first event that matches. */
  async function eventOf({ written }: Reader, pattern: RegExp): Promise<string> {
    const found = () => written.find((text) => pattern.test(text))
    await until(() => found() !== undefined)
    return found()!
  }
  const looks = async () => {
    const before = asked
    await until(() => asked >= before + 5)
  }

  it('has the fleet with the table, and again only when what is shown has changed', async () => {
    fleet = fleetOf([director('lb1')])
    const reader = new Reader()
    feed.add(reader.response)
    await eventOf(reader, /^event: change/)
    await looks()
    const other = new Reader()
    feed.add(other.response)
    expect(dataOf(await eventOf(other, /^event: table/)).fleet).toEqual(
      shown(fleetOf([director('lb1', { seen: 0 })])),
    )

    fleet = fleetOf([director('lb1', { seen: 4 })])
    await looks()
    const count = () => other.written.filter((text) => text.startsWith('event: fleet')).length
    expect(count()).toBe(0)
    fleet = fleetOf([director('lb1', { seen: 8, state: 'behind' })])
    expect(dataOf(await eventOf(other, /^event: fleet/))).toEqual(
      shown(fleetOf([director('lb1', { seen: 5, state: 'behind' })])),
    )
    await looks()
    expect(count()).toBe(1)
  })

  it('says why the fleet cannot be read, and when there is none any more', async () => {
    fleet = fleetOf([director('lb1')])
    const reader = new Reader()
    feed.add(reader.response)
    await eventOf(reader, /^event: change/)
    fleet = new Error('no member answers')
    expect(dataOf(await eventOf(reader, /^event: fleet\ndata: {"problem/))).toEqual({
      problem: 'no member answers',
    })
    fleet = undefined
    await eventOf(reader, /^event: fleet\ndata: null/)
  })

  it('that has ended does not have the fleet read', async () => {
    const reader = new Reader()
    feed.add(reader.response)
    await looks()
    reader.response.destroy()
    const before = asked
    const { readings } = balancer
    // The table is read on, for one who comes back.
    await until(() => balancer.readings >= readings + 5)
    expect(asked).toBe(before)
  })
})
