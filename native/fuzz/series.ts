// Series of dumps: the C host sends, writes and leaves what one dump after the other does. The target `listings` goes on after a
// series, which takes ten times as long.
import { close, decodeUtf8, open, processId, read, write } from 'host'
import { writeServiceId } from '../../lib/ipvs/requests.ts'
import { CMD, CMD_ATTR } from '../../lib/ipvs/uapi.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import { AttributeWriter, received } from '../../lib/netlink/attributes.ts'
import { isPlainEnd, NLM_F_DUMP, NLM_F_REQUEST, PLAIN_END } from '../../lib/netlink/message.ts'
import { headerOf } from '../../lib/netlink/request-batch.ts'
import { sequenceAfter } from '../../lib/netlink/sequence.ts'
import { RECEIVE_BUFFER } from '../../lib/netlink/transport.ts'
import type { RowList } from '../../lib/output/record-rows.ts'
import type { TablePlan } from '../../lib/output/row-plan.ts'
import { serviceWords } from '../../lib/output/sort.ts'
import { RULE_PLAN } from '../../lib/rules/rule-plan.ts'
import { recordRows } from '../../lib/system/quickjs/packages/record-rows.ts'
import { HostTransport } from '../../lib/system/quickjs/transport.ts'
import { answers, PORT, serverAnswers } from '../../test/standalone/host/series-answers.ts'
import { CHUNK, CREATE, LISTING } from '../../test/standalone/host/series-run.ts'
import { choices, same, target } from './tools.ts'

const PATH = `/dev/shm/ipvsadm-fuzz-${processId()}`
const READ_WRITE = 2
const MSG_TRUNC = 0x20
/** Of fake-socket.c. */
const ERROR = 128
const DATAGRAM_HEADER = 12
const SIZES = { services: 4, servers: 3 }
/** The most dumps of a series. */
const MOST = 32
const DUMP = { attribute: CMD_ATTR.DEST, observe: false } as const
const HEADER = headerOf(
  { family: 30, version: 1, port: PORT },
  { flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 0 },
  CMD.GET_DEST,
)
const MARK: ServiceId = { family: 'inet', fwmark: 7 }
const HEAD = 'h'.repeat(CHUNK)
const rows = recordRows()
/** Room for what is sent. */
const block = new Uint8Array(CHUNK)
const sending = new DataView(block.buffer)

let text = ''
const writer = rows.writer((bytes) => {
  text += decodeUtf8(bytes)
})

/** Bytes as characters, to compare them. */
const characters = (bytes: Uint8Array) =>
  String.fromCharCode.apply(null, bytes as unknown as readonly number[] as number[])

interface Lists {
  readonly services: RowList
  readonly servers: RowList
}

/** The services of all inputs, as a plan has them, one of them by a mark. */
function listsOf(plan: TablePlan, sorts: boolean): Lists {
  const [services, servers] = [rows.list(plan.services), rows.list(plan.servers)]
  let choice = 0
  const content = answers(1, (below) => (below === 64 ? 1 : below === 32 ? 0 : choice++ % below), SIZES)
  const start = 1 + DATAGRAM_HEADER
  const datagram = content.subarray(start, start + received(content).view.getUint32(1, true))
  const dump = { sequence: 1, port: PORT, inherited: 'inet', attribute: CMD_ATTR.SERVICE } as const
  const identity = new AttributeWriter()
  writeServiceId(identity, MARK)
  if (!services.take(datagram, { ...dump, observe: false })) throw new Error('no services')
  services.add({
    words: serviceWords(MARK),
    family: 'inet',
    identity: identity.written,
    line: 'FWM 7\n',
    prefix: '-a -f 7',
  })
  if (sorts) services.sort()
  return { services, servers }
}

const LISTS = [LISTING, RULE_PLAN].flatMap((plan) =>
  [false, true].map((sorts) => ({ sorts, inC: listsOf(plan, sorts), twin: listsOf(plan, sorts) })),
)

/** Begins with a service of a list. */
function begin({ services, servers }: Lists, service: number): void {
  const NEXT = 2
  ;(services as unknown as { words: Uint32Array }).words[NEXT] = service
  servers.restart()
}

interface Series {
  readonly sorts: boolean
  readonly service: number
  readonly sequence: number
  /** The bytes of lines that fit. */
  readonly room: number
  readonly content: Uint8Array
}

interface Done {
  readonly dumps: number
  readonly isSent: boolean
  readonly text: string
  readonly sent: string
  /** Datagrams of the answer that is left. */
  readonly left: readonly Uint8Array[]
}

/** The results of the C host; at most so many datagrams of the answer that is left. */
function inC(lists: Lists, { sorts, sequence, room, content }: Series, left: number): Done {
  const file = open(PATH, CREATE, 0o600)
  write(file, content)
  const socket = open(PATH, READ_WRITE, 0)
  text = ''
  if (room < CHUNK) writer.text(HEAD.slice(room))
  const transport = new HostTransport(socket, PORT)
  const start = { transport, header: HEADER, sequence }
  const { dumps, isSent } = writer.series(lists.services, lists.servers, sorts, start, DUMP)
  writer.end()
  const sent = characters(block.subarray(0, read(file, block)))
  const all = Array.from({ length: left }, () => transport.receive())
  for (const descriptor of [file, socket]) close(descriptor)
  return { dumps, isSent, text: text.slice(CHUNK - room), sent, left: all }
}

/** The datagrams of an answer that are the kernel's and whole; undefined for one that is not. The offset of the next answer. */
function answerAt(view: DataView, at: number): { datagrams: (Uint8Array | undefined)[]; next: number } {
  const count = view.getUint8(at)
  const datagrams: (Uint8Array | undefined)[] = []
  let next = at + 1
  for (let i = 0; i < count && count < ERROR; i++) {
    const length = view.getUint32(next, true)
    const isTruncated = (view.getUint32(next + 4, true) & MSG_TRUNC) !== 0
    const isOurs = view.getUint32(next + 8, true) === 0
    const start = next + DATAGRAM_HEADER
    next = start + length
    const isWhole = !isTruncated && length <= RECEIVE_BUFFER
    datagrams.push(
      isOurs && isWhole ? new Uint8Array(view.buffer, view.byteOffset + start, length) : undefined,
    )
  }
  return { datagrams, next }
}

/** The same, dump by dump. */
function oneByOne({ services, servers }: Lists, series: Series): Done {
  const { sorts, service, content, room } = series
  let { sequence } = series
  let [dumps, at, used] = [0, 0, 0]
  const { view } = received(content)
  const left: Uint8Array[] = []
  const sent = () => characters(block.subarray(0, used))
  text = ''
  for (; dumps < MOST && service + dumps < services.length; dumps++) {
    const listed = services.service(service + dumps)
    const length = HEADER.length + listed.identity.length
    block.set(HEADER, used)
    block.set(listed.identity, used + HEADER.length)
    sending.setUint32(used, length, true)
    sending.setUint32(used + 8, sequence, true)
    used += length
    const { datagrams, next } = answerAt(view, at)
    const last = datagrams.at(-1)
    const data = datagrams.length > 1 ? datagrams[0] : undefined
    const isPlain = last?.length === PLAIN_END && isPlainEnd(last, sequence, PORT)
    const dump = { ...DUMP, sequence, port: PORT, inherited: listed.family }
    const isTaken =
      datagrams.length === 1 || (data !== undefined && data.length > 0 && servers.take(data, dump, listed))
    const before = text
    if (isPlain && isTaken) {
      writer.lines(services, 1)
      if (sorts) servers.sort()
      writer.lines(servers)
      writer.end()
    }
    servers.restart()
    if (!(isPlain && isTaken) || text.length > room) {
      for (const each of datagrams) {
        if (each === undefined) break
        left.push(each)
      }
      return { dumps, isSent: true, text: before, sent: sent(), left }
    }
    at = next
    sequence = sequenceAfter(sequence, 1)
  }
  return { dumps, isSent: false, text, sent: sent(), left }
}

target((bytes) => {
  const random = choices(bytes)
  const lists = LISTS[random(LISTS.length)]!
  const sequence = random(8) === 7 ? 0xffffffff - random(3) : 1 + random(250)
  const service = random(4) === 3 ? lists.twin.services.length - random(4) : random(40)
  const series = {
    sorts: lists.sorts,
    service,
    sequence,
    room: random(16) === 15 ? 4 * random(256) : CHUNK,
    content: serverAnswers(sequence, random(200) === 199 ? 35 : 1 + random(3), random, SIZES),
  }
  for (const each of [lists.inC, lists.twin]) begin(each, service)
  const expected = oneByOne(lists.twin, series)
  const actual = inC(lists.inC, series, expected.left.length)
  if (actual.text !== expected.text || actual.sent !== expected.sent || actual.dumps !== expected.dumps)
    same(actual, expected)
  same(actual.isSent, expected.isSent)
  same(actual.left, expected.left)
})
