// The rates of the last minute.
import { describe, expect, it } from '@jest/globals'
import type { PageServiceRow } from '../../lib/serve/page-rows.ts'
import { RateHistory } from '../../lib/serve/rate-history.ts'

describe('the rates of the last minute', () => {
  it('are those of so many readings, without zeros at the beginning', () => {
    const history = new RateHistory(3)
    const take = (...rates: [key: string, connectionRate: number][]) =>
      history.take({
        services: rates.map(([key, connectionRate]) => ({ key, connectionRate }) as PageServiceRow),
        servers: [],
      })
    take(['a', 1], ['b', 0])
    take(['a', 2], ['b', 0])
    expect(history.all()).toEqual({ readings: 2, rates: { a: [1, 2] } })
    take(['a', 0], ['b', 5])
    take(['a', 4], ['b', 0])
    expect(history.all()).toEqual({ readings: 3, rates: { a: [2, 0, 4], b: [5, 0] } })
    take(['b', 0])
    expect(history.all()).toEqual({ readings: 3, rates: { b: [5, 0, 0] } })
  })
})
