// Listings over a socket whose answers are generated (native/fuzz/fake-socket.c): with series of dumps in the C host, and without.
import { close, open, read, unlink, write } from 'host'
import type { ServiceFormat } from '../../../lib/commands/service-format.ts'
import { writeRows } from '../../../lib/commands/write-rows.ts'
import { IpvsClient } from '../../../lib/ipvs/client.ts'
import { CMD_ATTR } from '../../../lib/ipvs/uapi.ts'
import type { SeriesEnd } from '../../../lib/netlink/dump-series.ts'
import { GenericConnection } from '../../../lib/netlink/generic-connection.ts'
import { NUMBERS } from '../../../lib/output/endpoints.ts'
import type { RecordRows } from '../../../lib/output/record-rows.ts'
import { listingPlan } from '../../../lib/output/row-plan.ts'
import { ENDPOINT_WIDTH, formatServerLine, formatServiceLine } from '../../../lib/output/table-listing.ts'
import { formatAddServer, formatAddService, formatServiceId } from '../../../lib/rules/rule-lines.ts'
import { RULE_PLAN } from '../../../lib/rules/rule-plan.ts'
import { recordRows } from '../../../lib/system/quickjs/packages/record-rows.ts'
import { HostTransport } from '../../../lib/system/quickjs/transport.ts'
import type { System } from '../../../lib/system/system.ts'

type Random = (below: number) => number
type Bytes = readonly number[]

const PORT = 4242
/** Of fake-socket.c. */
const ERROR = 128
const END = 255
const [EINTR, ENOBUFS, ESRCH] = [4, 105, 3]
const MSG_TRUNC = 0x20
const [DONE, NLMSG_ERROR, FAMILY] = [3, 2, 30]
const [MULTI, INTERRUPTED] = [2, 0x10]
const CREATE = 0o1102

const u16 = (value: number): Bytes => [value & 255, (value >> 8) & 255]
const u32 = (value: number): Bytes => [...u16(value), ...u16(value >>> 16)]

function attribute(type: number, payload: Bytes): Bytes {
  const length = payload.length + 4
  return [...u16(length), ...u16(type), ...payload, ...new Array((4 - (length % 4)) % 4).fill(0)]
}

const message = (type: number, flags: number, sequence: number, payload: Bytes): Bytes => [
  ...u32(16 + payload.length),
  ...u16(type),
  ...u16(flags),
  ...u32(sequence),
  ...u32(PORT),
  ...payload,
]

const reply = (sequence: number, type: number, record: Bytes, flags = MULTI): Bytes =>
  message(FAMILY, flags, sequence, [4, 1, 0, 0, ...attribute(type, record)])

const end = (sequence: number, errno = 0, flags = MULTI) => message(DONE, flags, sequence, u32(-errno))

const address = (number: number): Bytes => [192, 0, number >> 8, number & 255, ...new Array(12).fill(0)]

const service = (number: number, random: Random): Bytes => [
  ...attribute(1, u16(2)),
  ...(random(8) === 0
    ? attribute(5, u32(number))
    : [
        ...attribute(2, u16([6, 17, 132][random(3)]!)),
        ...attribute(3, address(number)),
        ...attribute(4, [0, 80]),
      ]),
  ...attribute(6, [119, 108, 99, 0]),
  ...attribute(7, [...u32(random(4) === 0 ? 3 : 2), 255, 255, 255, 255]),
  ...attribute(8, u32(300)),
  ...attribute(9, [255, 255, 255, 255]),
]

const server = (number: number, random: Random): Bytes => [
  ...attribute(1, address(number)),
  ...attribute(2, random(60) === 0 ? [31, 144] : [0, 80]),
  ...attribute(3, u32(random(60) === 0 ? 2 : random(2))),
  ...attribute(4, u32(random(3))),
  ...[5, 6, 7, 8, 9].flatMap((type) => attribute(type, u32(0))),
  ...attribute(11, u16(random(100) === 0 ? 10 : 2)),
]

const datagram = (bytes: Bytes, flags = 0, port = 0): Bytes => [
  ...u32(bytes.length),
  ...u32(flags),
  ...u32(port),
  ...bytes,
]
const answer = (...datagrams: readonly Bytes[]): Bytes => [datagrams.length, ...datagrams.flat()]

function damaged(bytes: Bytes, random: Random): Bytes {
  const copy = [...bytes]
  copy[random(copy.length)] = random(256)
  return copy
}

/** The answers to one request for real servers. */
function serverAnswers(sequence: number, isUsual: boolean, random: Random): Bytes {
  if (!isUsual && random(4) === 0) return unusualAnswers(sequence, random)
  const records = servers(sequence, random(13), random)
  const last = datagram(end(sequence))
  return records.length === 0 ? answer(last) : answer(datagram(records), last)
}

function servers(sequence: number, count: number, random: Random, flags = MULTI): Bytes {
  const first = random(1000)
  return Array.from({ length: count }, (_, i) =>
    reply(sequence, CMD_ATTR.DEST, server(first + i, random), flags),
  ).flat()
}

function unusualAnswers(sequence: number, random: Random): Bytes {
  const records = servers(sequence, 1 + random(3), random)
  const interrupted = () => servers(sequence, 1, random, MULTI | INTERRUPTED)
  const last = datagram(end(sequence))
  switch (random(19)) {
    case 0:
      return [...answer(datagram(records)), ...answer(last)]
    case 1:
      return [...answer(datagram(records), datagram(records)), ...answer(last)]
    case 2:
      return answer(datagram([...records, ...end(sequence)]))
    case 3:
      return answer(datagram(message(NLMSG_ERROR, 0, sequence, [...u32(-ESRCH), ...u32(0)])))
    case 4:
      return answer(datagram(records), datagram(end(sequence, ESRCH)))
    case 5:
      return answer(datagram(interrupted()), last)
    case 6:
      return answer(datagram(records), datagram(end(sequence, 0, MULTI | INTERRUPTED)))
    case 7:
      return answer(datagram(records, 0, 7), last)
    case 8:
      return answer(datagram(records, MSG_TRUNC), last)
    case 9:
      return answer(datagram(damaged(records, random)), last)
    case 10:
      return answer(datagram(records), datagram(damaged(end(sequence), random)))
    case 11:
      return [ERROR + EINTR, ...answer(datagram(records), last)]
    case 12:
      return [ERROR + ENOBUFS, ...answer(datagram(records), last)]
    case 13:
      return answer(datagram([]), last)
    case 14:
      return answer(last, datagram(records, 0, random(2)))
    case 15:
      return answer(datagram(records), datagram(end(sequence - 1)))
    case 16:
      return answer(datagram(records, 0, 7), datagram(records, 0, 7))
    case 17:
      return answer(last, last)
    default:
      return answer(datagram(servers(sequence, 100, random)), last)
  }
}

/** All answers: the services, and their real servers. */
function answers(sequence: number, random: Random): Bytes {
  // The lines of a hundred services are more than one chunk of output.
  const count = random(12) === 1 ? 100 : random(12)
  const isUsual = random(3) === 0
  const services = Array.from({ length: count }, (_, i) =>
    reply(sequence, CMD_ATTR.SERVICE, service(i, random)),
  ).flat()
  const all = [...answer(datagram(services), datagram(end(sequence)))]
  for (let i = 1; i <= count + 5; i++)
    all.push(...serverAnswers(((sequence + i - 1) % 0xffffffff) + 1, isUsual, random))
  return all
}

const format = (sort: boolean, isRules: boolean): ServiceFormat => ({
  head: 'head\n',
  sort,
  plan: async () => undefined,
  service: (each) =>
    isRules
      ? formatAddService(each, NUMBERS)
      : formatServiceLine(each, { view: 'route', exact: false }, NUMBERS),
  prefix: (id) => (isRules ? `-a ${formatServiceId(id, NUMBERS)} -r ` : ''),
  server: (id, each) =>
    isRules ? formatAddServer(id, each, NUMBERS) : formatServerLine(each, { view: 'route', exact: false }),
  all: () => '',
})

const LISTING = listingPlan('route', false, ENDPOINT_WIDTH)!
const INFO = { version: '1.2.1', connectionTableSize: 4096 } as unknown as IpvsClient['info']

class TestClient extends IpvsClient {
  constructor(transport: HostTransport, firstSequence: number) {
    super({ connection: new GenericConnection(transport, { firstSequence }), info: INFO })
  }
}

/** The rows of the C host; `dumps` counts those that a series has read. */
class CountedRows implements RecordRows {
  dumps = 0
  readonly #rows = recordRows()
  readonly #hasSeries: boolean

  constructor(hasSeries: boolean) {
    this.#hasSeries = hasSeries
  }

  list: RecordRows['list'] = (plan) => this.#rows.list(plan)

  writer: RecordRows['writer'] = (write) => {
    const writer = this.#rows.writer(write)
    return {
      text: (text) => writer.text(text),
      lines: (list, most) => writer.lines(list, most),
      end: () => writer.end(),
      series: (...words): SeriesEnd => {
        if (!this.#hasSeries) return { dumps: 0, isSent: false }
        const done = writer.series(...words)
        this.dumps += done.dumps
        return done
      },
    }
  }
}

export interface Listed {
  readonly text: string
  readonly error: string
  /** The bytes that were sent, or that nobody has received. */
  readonly sent: string
}

/** A listing over generated answers by both ways, and the number of dumps that the series have read. */
export async function listBothWays(
  path: string,
  random: Random,
): Promise<{ dumps: number; inSeries: Listed; oneByOne: Listed }> {
  const sequence = random(8) === 0 ? 0xffffffff - random(4) : 1 + random(250)
  const [sorts, isRules] = [random(2) === 0, random(2) === 0]
  const content = Uint8Array.from([...answers(sequence, random), END])
  const list = async (rows: RecordRows): Promise<Listed> => {
    const file = open(path, CREATE, 0o600)
    write(file, content)
    const socket = open(path, 2, 0)
    let [text, error] = ['', '']
    const system = {
      writeOutput: (bytes: Uint8Array) => {
        text += new TextDecoder().decode(bytes)
      },
    } as unknown as System
    try {
      const client = new TestClient(new HostTransport(socket, PORT), sequence)
      await writeRows(
        rows,
        isRules ? RULE_PLAN : LISTING,
        format(sorts, isRules),
        { stats: false },
        client,
        system,
      )
    } catch (thrown) {
      error = `${thrown}`
    }
    const sent = new Uint8Array(64 * 1024)
    const length = read(file, sent)
    for (const descriptor of [file, socket]) close(descriptor)
    unlink(path)
    return { text, error, sent: sent.subarray(0, length).join() }
  }
  const counted = new CountedRows(true)
  const inSeries = await list(counted)
  return { dumps: counted.dumps, inSeries, oneByOne: await list(new CountedRows(false)) }
}
