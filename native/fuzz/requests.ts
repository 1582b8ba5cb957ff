// Requests of rule files: `writeEntries` writes what the encoder writes, of any table and into rooms of any size.
import { ChangeEncoder } from '../../lib/ipvs/requests.ts'
import * as requestsInTypeScript from '../../lib/rules/entry-requests.ts'
import * as requestsInC from '../../lib/system/quickjs/packages/entry-requests.ts'
import { entryTables, requests } from '../../test/standalone/host/entry-tables.ts'
import { choices, same, target } from './tools.ts'

const encoder = new ChangeEncoder({ family: 30, version: 1, port: 4242 })
const [inC, inTypeScript] = [requestsInC, requestsInTypeScript].map(({ entryWriter }) => entryWriter(encoder))

target((bytes) => {
  const random = choices(bytes)
  const rooms = random(5000)
  const [one, two] = entryTables(random).tables(8)
  same(requests(inC!, one, rooms), requests(inTypeScript!, two, rooms))
})
