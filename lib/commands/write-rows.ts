// Writes a table by rows that are made of the kernel's records (lib/output/record-rows.ts), service by service.
import type { IpvsClient, ReadOptions } from '../ipvs/client.ts'
import { codec, decode } from '../ipvs/codec.ts'
import type { DestinationSink, ListSink } from '../ipvs/list-sink.ts'
import type { Dump } from '../ipvs/record-reader.ts'
import { writeServiceId } from '../ipvs/requests.ts'
import { SERVICE } from '../ipvs/schema.ts'
import type { Destination } from '../model/destination.ts'
import type { Service, ServiceId } from '../model/service.ts'
import { ATTRIBUTE_HEADER, AttributeWriter, received } from '../netlink/attributes.ts'
import type { SeriesEnd, SeriesStart } from '../netlink/dump-series.ts'
import type { ListedService, RecordRows, RowList, RowWriter } from '../output/record-rows.ts'
import type { TablePlan } from '../output/row-plan.ts'
import { endpointWords, serviceWords } from '../output/sort.ts'
import type { System } from '../system/system.ts'
import type { ServiceFormat } from './service-format.ts'

export async function writeRows(
  rows: RecordRows,
  plan: TablePlan,
  format: ServiceFormat,
  read: ReadOptions,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const services = rows.list(plan.services)
  await client.readServices(serviceSink(services, format), read)
  if (format.sort) services.sort()
  const writer = rows.writer((text) => system.writeOutput(text))
  writer.text(format.head)
  await client.readDestinations(new ServerSink(services, rows.list(plan.servers), writer, format), read)
  writer.end()
}

function serviceSink(list: RowList, format: ServiceFormat): ListSink<Service> {
  return {
    take: (datagram, dump) => list.take(datagram, dump),
    add: (service) =>
      list.add({
        words: serviceWords(service.id),
        family: service.id.family,
        identity: identityOf(service.id),
        line: format.service(service),
        prefix: format.prefix(service.id),
      }),
    restart: () => list.restart(),
    isConsistent: () => list.isConsistent(),
  }
}

/** Writes each service and its real servers. */
class ServerSink implements DestinationSink {
  readonly #services: RowList
  readonly #servers: RowList
  readonly #writer: RowWriter
  readonly #format: ServiceFormat
  #at = 0
  #service: ListedService | undefined

  constructor(services: RowList, servers: RowList, writer: RowWriter, format: ServiceFormat) {
    this.#services = services
    this.#servers = servers
    this.#writer = writer
    this.#format = format
  }

  next(): ListedService | undefined {
    if (this.#at === this.#services.length) return undefined
    this.#service = this.#services.service(this.#at)
    return this.#service
  }

  take(datagram: Uint8Array, dump: Dump): boolean {
    return this.#servers.take(datagram, dump, this.#service)
  }

  add(destination: Destination): void {
    const line = this.#format.server(idOf(this.#service!.identity), destination)
    this.#servers.add({ words: endpointWords(destination.id), family: destination.id.family, line })
  }

  restart(): void {
    this.#servers.restart()
  }

  isConsistent(): boolean {
    return this.#servers.isConsistent()
  }

  done(): void {
    this.#writer.lines(this.#services, 1)
    if (this.#format.sort) this.#servers.sort()
    this.#writer.lines(this.#servers)
    this.#servers.restart()
    this.#at++
  }

  ahead(start: SeriesStart, dump: Pick<Dump, 'attribute' | 'observe'>): SeriesEnd {
    const end = this.#writer.series(this.#services, this.#servers, this.#format.sort, start, dump)
    this.#at += end.dumps
    return end
  }
}

function identityOf(id: ServiceId): Uint8Array {
  const writer = new AttributeWriter()
  writeServiceId(writer, id)
  return writer.written
}

const IDENTITY = codec('SERVICE', { id: SERVICE.schema.id }, SERVICE.familyAttribute)

function idOf(identity: Uint8Array): ServiceId {
  const { id } = decode(IDENTITY, received(identity), ATTRIBUTE_HEADER, identity.length)
  const { family, fwmark, protocol, address, port } = id
  if (fwmark !== undefined) return { family, fwmark }
  return { family, protocol: protocol!, address: address!, port: port! }
}
