// Lines of a rule file: `skipPlain` and `writePlain` do what their twins in TypeScript do.
import { ChangeEncoder } from '../../lib/ipvs/requests.ts'
import * as plain from '../../lib/rules/plain-requests.ts'
import * as plainInC from '../../lib/system/quickjs/packages/plain-requests.ts'
import { same, target } from './tools.ts'

const encoder = new ChangeEncoder({ family: 30, version: 1, port: 4242 })
const writers = [plainInC.plainWriter(encoder), plain.plainWriter(encoder)]

target((bytes) => {
  // The first bytes select the part of the text and the size of the room.
  const [from = 0, left = 0, size = 0, count = 0] = bytes
  const text = bytes.slice(4)
  const start = from % (text.length + 1)
  const end = Math.max(start, text.length - (left % 16))
  const place = () => Uint32Array.of(start, end, 1, 0, 0, 2 ** 32 - 2)
  const [one, two] = [place(), place()]
  plainInC.skipPlain(text, one)
  plain.skipPlain(text, two)
  same(one, two)
  const [inC, inTypeScript] = writers.map((write) => {
    const room = {
      block: new Uint8Array(size * 8),
      places: new Uint32Array(2 * (count % 8)),
      progress: place(),
    }
    write(text, room)
    return room
  })
  same(inC, inTypeScript)
})
