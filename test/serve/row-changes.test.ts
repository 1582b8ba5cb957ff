// The changes between two readings of the page's rows.
import { expect, it } from '@jest/globals'
import type { PageServerRow, PageServiceRow } from '../../lib/serve/page-rows.ts'
import { RowChanges } from '../../lib/serve/row-changes.ts'

const service = (key: string, active = 0) => ({ key, service: key, active }) as PageServiceRow
const server = (key: string, active = 0) => ({ key, of: 's1', active }) as PageServerRow
const totals = { services: 1, servers: 1, down: 0, active: 0, inactive: 0, connections: null }
const NOTHING = { services: [], 'gone-services': [], servers: [], 'gone-servers': [] }

it('are whole rows first, then the fields that have changed, then nothing', () => {
  const changes = new RowChanges()
  const take = (services: PageServiceRow[], servers: PageServerRow[]) =>
    JSON.parse(changes.take({ services, servers, totals }, 7)) as object
  expect(take([service('s1')], [server('a'), server('b')])).toEqual({
    ...NOTHING,
    at: 7,
    totals,
    services: [service('s1')],
    servers: [server('a'), server('b')],
    order: ['s1'],
  })
  expect(take([service('s1', 2)], [server('a', 1), server('b')])).toEqual({
    ...NOTHING,
    at: 7,
    totals,
    services: [{ key: 's1', active: 2 }],
    servers: [{ key: 'a', active: 1 }],
  })
  expect(take([service('s1', 2)], [server('a', 1), server('b')])).toEqual({ ...NOTHING, at: 7, totals })
  expect(JSON.parse(changes.all(7, { head: {}, history: {}, fleet: null }))).toMatchObject({
    services: [service('s1', 2)],
    servers: [server('a', 1), server('b')],
  })
})

it('name the rows that have gone, also when others have come', () => {
  const changes = new RowChanges()
  changes.take({ services: [service('s1'), service('s2')], servers: [server('a')], totals }, 7)
  const text = changes.take({ services: [service('s3'), service('s1')], servers: [], totals }, 7)
  expect(JSON.parse(text)).toEqual({
    ...NOTHING,
    at: 7,
    totals,
    services: [service('s3')],
    'gone-services': ['s2'],
    'gone-servers': ['a'],
    order: ['s3', 's1'],
  })
  expect(JSON.parse(changes.all(7, { head: {}, history: {}, fleet: null }))).toMatchObject({
    services: [service('s3'), service('s1')],
    servers: [],
  })
})
