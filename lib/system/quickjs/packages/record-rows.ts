// The build puts this in the place of lib/output/record-rows.ts.
import { buffer, readRows, readSeries, sortRows, writeRows } from 'host'
import type { Dump } from '../../../ipvs/record-reader.ts'
import { AF } from '../../../ipvs/uapi.ts'
import { encodeText } from '../../../model/bytes.ts'
import type { SeriesEnd, SeriesStart } from '../../../netlink/dump-series.ts'
import type { ListedService, MadeRow, RecordRows, RowList, RowWriter } from '../../../output/record-rows.ts'
import { HostTransport } from '../transport.ts'
import { planNumber } from './host-row-plans.ts'

/** The sizes of native/rows.c, in 32-bit words, and the places in a list's beginning and in an entry. */
const HEAD = 4
const ENTRY = 12
const COUNT = 0
const USED = 1
const NEXT = 2
const WORDS = 8
const FAMILY = 8
const AT = 9
/** In 16-bit words. */
const IDENTITY = 20
const LINE = 21
const PREFIX = 22

/** The numbers of native/series.c. */
const SERIES = {
  sequence: 0,
  port: 1,
  attribute: 2,
  observe: 3,
  sorts: 4,
  most: 5,
  at: 6,
  dumps: 7,
  left: 8,
} as const
/** The dumps of a series that follow each other without a turn of the event loop. */
const MOST_DUMPS = 32
const NONE: SeriesEnd = { dumps: 0, isSent: false }

const ENOBUFS = -105
/** First sizes. Untouched memory costs nothing. */
const INDEX_SIZE = 512 * 1024
const TEXT_SIZE = 1024 * 1024
/** The number of entries that are sorted without further memory. */
const FEW = 64
/** The size of a chunk of output. */
const CHUNK_SIZE = 32 * 1024

const NO_BYTES = new Uint8Array(0)
const FAMILIES = { inet: 'INET', inet6: 'INET6' } as const

export const recordRows = (): RecordRows => ({
  list: (plan) => new HostRows(planNumber(plan)),
  writer: (write) => new HostWriter(write),
})

class HostRows implements RowList {
  readonly plan: number
  readonly #dump = new Int32Array(6)
  texts = new Uint8Array(buffer(TEXT_SIZE))
  /** The head, and the entries. */
  index = new Uint8Array(buffer(INDEX_SIZE))
  /** Undefined: the entries are in the kernel's order. */
  order: Uint32Array | undefined
  words = new Uint32Array(this.index.buffer)
  /** Room for the order. */
  #room = new Uint32Array(2 * FEW)
  #halves = new Uint16Array(this.index.buffer)

  readonly #service: { -readonly [K in keyof ListedService]: ListedService[K] } = {
    identity: NO_BYTES,
    prefix: NO_BYTES,
    family: 'inet',
    port: 0,
  }

  constructor(plan: number) {
    this.plan = plan
    this.restart()
  }

  get length(): number {
    return this.words[COUNT]!
  }

  take(datagram: Uint8Array, dump: Dump, service?: ListedService): boolean {
    const numbers = this.#dump
    numbers[0] = dump.sequence
    numbers[1] = dump.port
    numbers[2] = dump.attribute
    numbers[3] = AF[FAMILIES[dump.inherited]]
    numbers[4] = dump.observe ? 1 : 0
    numbers[5] = service?.port ?? -1
    const prefix = service?.prefix ?? NO_BYTES
    for (;;) {
      const taken = readRows(this.plan, datagram, numbers, prefix, this.index, this.texts)
      if (taken !== ENOBUFS) return taken === 1
      this.#grow()
    }
  }

  add({ words, family, identity = NO_BYTES, line, prefix = '' }: MadeRow): void {
    const parts = [identity, encodeText(line), encodeText(prefix)]
    const size = parts.reduce((sum, { length }) => sum + length, 0)
    while (
      this.index.length < 4 * (HEAD + (this.length + 1) * ENTRY) ||
      this.texts.length < this.words[USED]! + size
    )
      this.#grow()
    const start = this.#start(this.length)
    for (let i = 0; i < WORDS; i++) this.words[start + i] = words[i] ?? 0
    this.words[start + FAMILY] = AF[FAMILIES[family]]
    let at = this.words[USED]!
    this.words[start + AT] = at
    parts.forEach((part, i) => {
      this.#halves[2 * start + IDENTITY + i] = part.length
      this.texts.set(part, at)
      at += part.length
    })
    this.words[USED] = at
    this.words[COUNT]!++
  }

  restart(): void {
    this.words[COUNT] = 0
    this.words[USED] = 0
    this.words[NEXT] = 0
    this.order = undefined
  }

  sort(): void {
    const size = 2 * this.words[COUNT]!
    if (this.#room.length < size) this.#room = new Uint32Array(size)
    sortRows(this.index, this.#room, true)
    this.order = this.#room
  }

  isConsistent(): boolean {
    return sortRows(this.index, new Uint32Array(2 * this.words[COUNT]!), false) === 0
  }

  service(at: number): ListedService {
    const words = this.words
    const start = HEAD + (this.order === undefined ? at : this.order[at]!) * ENTRY
    const half = 2 * start
    const identity = words[start + AT]!
    const line = identity + this.#halves[half + IDENTITY]!
    const prefix = line + this.#halves[half + LINE]!
    const length = this.#halves[half + PREFIX]!
    const service = this.#service
    service.identity = this.texts.subarray(identity, line)
    service.prefix = length === 0 ? NO_BYTES : this.texts.subarray(prefix, prefix + length)
    service.family = words[start + FAMILY] === AF.INET ? 'inet' : 'inet6'
    service.port = words[start] === 0 ? words[start + WORDS - 1]! : -1
    return service
  }

  #start(entry: number): number {
    return HEAD + entry * ENTRY
  }

  #grow(): void {
    const [index, texts] = [this.index, this.texts]
    this.index = new Uint8Array(buffer(2 * index.length))
    this.index.set(index.subarray(0, 4 * this.#start(this.length)))
    this.words = new Uint32Array(this.index.buffer)
    this.#halves = new Uint16Array(this.index.buffer)
    this.texts = new Uint8Array(buffer(2 * texts.length))
    this.texts.set(texts.subarray(0, this.words[USED]))
  }
}

class HostWriter implements RowWriter {
  readonly #write: (text: Uint8Array) => void
  #bytes = new Uint8Array(buffer(CHUNK_SIZE))
  #at = 0
  readonly #numbers = new Uint32Array(Object.keys(SERIES).length)

  constructor(write: (text: Uint8Array) => void) {
    this.#write = write
  }

  text(text: string): void {
    this.#copy(encodeText(text))
  }

  lines(list: RowList, most = list.length): void {
    const { index, order, texts, words } = list as HostRows
    const end = Math.min(words[NEXT]! + most, words[COUNT]!)
    for (;;) {
      const at = writeRows(index, order, texts, this.#bytes, this.#at, end - words[NEXT]!)
      if (at < 0) throw new RangeError(`writeRows: ${at}`)
      this.#at = at
      if (words[NEXT] === end) return
      this.end()
    }
  }

  series(
    services: RowList,
    servers: RowList,
    sorts: boolean,
    { transport, header, sequence }: SeriesStart,
    { attribute, observe }: Pick<Dump, 'attribute' | 'observe'>,
  ): SeriesEnd {
    if (!(transport instanceof HostTransport)) return NONE
    const [all, own, numbers, lines] = [services as HostRows, servers as HostRows, this.#numbers, this.#bytes]
    numbers[SERIES.sequence] = sequence
    numbers[SERIES.port] = transport.port
    numbers[SERIES.attribute] = attribute
    numbers[SERIES.observe] = observe ? 1 : 0
    numbers[SERIES.sorts] = sorts ? 1 : 0
    numbers[SERIES.most] = MOST_DUMPS
    numbers[SERIES.at] = this.#at
    numbers[SERIES.dumps] = 0
    numbers[SERIES.left] = 0
    transport.lend((descriptor, bytes, fields) => {
      const left = readSeries(
        descriptor,
        bytes,
        fields,
        header,
        numbers,
        lines,
        all.index,
        all.texts,
        all.order,
        own.plan,
        own.index,
        own.texts,
      )
      if (left < 0 && numbers[SERIES.left] === 0) throw new RangeError(`readSeries: ${left}`)
      return left
    })
    this.#at = numbers[SERIES.at]!
    return { dumps: numbers[SERIES.dumps]!, isSent: numbers[SERIES.left] === 1 }
  }

  end(): void {
    if (this.#at > 0) this.#write(this.#bytes.subarray(0, this.#at))
    this.#at = 0
  }

  #copy(bytes: Uint8Array): void {
    if (bytes.length > this.#bytes.length - this.#at) this.end()
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }
}
