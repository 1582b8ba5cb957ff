// Listings over a socket whose answers are generated (native/fuzz/fake-socket.c): with series of dumps in the C host, and without.
import { buffer, close, decodeUtf8, open, read, unlink, write } from 'host'
import type { ServiceFormat } from '../../../lib/commands/service-format.ts'
import { writeRows } from '../../../lib/commands/write-rows.ts'
import { IpvsClient } from '../../../lib/ipvs/client.ts'
import type { SeriesEnd } from '../../../lib/netlink/dump-series.ts'
import { GenericConnection } from '../../../lib/netlink/generic-connection.ts'
import { NUMBERS } from '../../../lib/output/endpoints.ts'
import type { RecordRows, RowList } from '../../../lib/output/record-rows.ts'
import { listingPlan, type RowPlan } from '../../../lib/output/row-plan.ts'
import { ENDPOINT_WIDTH, formatServerLine, formatServiceLine } from '../../../lib/output/table-listing.ts'
import { formatAddServer, formatAddService, formatServiceId } from '../../../lib/rules/rule-lines.ts'
import { RULE_PLAN } from '../../../lib/rules/rule-plan.ts'
import { recordRows } from '../../../lib/system/quickjs/packages/record-rows.ts'
import { HostTransport } from '../../../lib/system/quickjs/transport.ts'
import type { System } from '../../../lib/system/system.ts'
import { answers, PORT, type Random, type Sizes } from './series-answers.ts'

/** The flags of a file that is made anew. */
export const CREATE = 0o1102
/** The size of a chunk of output (record-rows.ts), and a heading that leaves little room in it. */
export const CHUNK = 32 * 1024
const LONG_HEAD = `${'h'.repeat(CHUNK - 300)}\n`

const format = (head: string, sort: boolean, isRules: boolean): ServiceFormat => ({
  head,
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

export const LISTING = listingPlan('route', false, ENDPOINT_WIDTH)!
const INFO = { version: '1.2.1', connectionTableSize: 4096 } as unknown as IpvsClient['info']

class TestClient extends IpvsClient {
  constructor(transport: HostTransport, firstSequence: number) {
    super({ connection: new GenericConnection(transport, { firstSequence }), info: INFO })
  }
}

/** The rows of the C host; `dumps` counts those that a series has read. The lists serve one listing after the other. */
class CountedRows implements RecordRows {
  dumps = 0
  readonly #rows = recordRows()
  readonly #hasSeries: boolean
  readonly #lists = new Map<RowPlan, RowList>()

  constructor(hasSeries: boolean) {
    this.#hasSeries = hasSeries
  }

  list(plan: RowPlan): RowList {
    const list = this.#lists.get(plan) ?? this.#rows.list(plan)
    this.#lists.set(plan, list)
    list.restart()
    return list
  }

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
  /** The bytes that were sent, and the number of those after the last that were received. */
  readonly sent: string
  readonly left: number
}

const ROWS = { inSeries: new CountedRows(true), oneByOne: new CountedRows(false) }
const block = new Uint8Array(buffer(64 * 1024))

/** A listing over generated answers by both ways, and the number of dumps that the series have read. */
export async function listBothWays(
  path: string,
  random: Random,
  sizes: Sizes,
): Promise<{ dumps: number; inSeries: Listed; oneByOne: Listed }> {
  const sequence = random(8) === 0 ? 0xffffffff - random(4) : 1 + random(250)
  const [sorts, isRules] = [random(2) === 0, random(2) === 0]
  const form = format(random(8) === 1 ? LONG_HEAD : 'head\n', sorts, isRules)
  const content = answers(sequence, random, sizes)
  const list = async (rows: RecordRows): Promise<Listed> => {
    const file = open(path, CREATE, 0o600)
    write(file, content)
    const socket = open(path, 2, 0)
    let [text, error] = ['', '']
    const system = {
      writeOutput: (bytes: Uint8Array) => {
        text += decodeUtf8(bytes)
      },
    } as unknown as System
    try {
      const client = new TestClient(new HostTransport(socket, PORT), sequence)
      await writeRows(rows, isRules ? RULE_PLAN : LISTING, form, { stats: false }, client, system)
    } catch (thrown) {
      error = `${thrown}`
    }
    const sent = block.subarray(0, read(file, block)).join()
    let left = 0
    for (let length = read(socket, block); length > 0; length = read(socket, block)) left += length
    for (const descriptor of [file, socket]) close(descriptor)
    unlink(path)
    return { text, error, sent, left }
  }
  const before = ROWS.inSeries.dumps
  const inSeries = await list(ROWS.inSeries)
  return { dumps: ROWS.inSeries.dumps - before, inSeries, oneByOne: await list(ROWS.oneByOne) }
}
