// The reading of one reply of the kernel, and of the services in replies.
import { DecodeError } from '../model/errors.ts'
import type { Service, ServiceId } from '../model/service.ts'
import { type Received, walk } from '../netlink/attributes.ts'
import type { GenericConnection, OnReply, Request } from '../netlink/generic-connection.ts'
import { type Decoded, decode } from './codec.ts'
import { SERVICE, type SERVICE_SETTINGS } from './schema.ts'
import { CMD_ATTR } from './uapi.ts'

/** Sends a question, and reads its one answer. */
export async function ask<T>(
  connection: GenericConnection,
  request: Request,
  read: (...reply: Parameters<OnReply>) => T,
  signal?: AbortSignal,
): Promise<T> {
  let answer: T | undefined
  const onReply: OnReply = (data, start, end) => {
    answer = read(data, start, end)
  }
  await connection.request(request, onReply, signal)
  if (answer === undefined) throw new DecodeError(request.name, 'no reply')
  return answer
}

/** Visits the attributes nested in the one attribute of a reply that counts. */
export function within(
  data: Received,
  start: number,
  end: number,
  attribute: number,
  path: string,
  visit: (start: number, end: number) => void,
): void {
  walk(data, start, end, path, (type, from, to) => {
    if (type === attribute) visit(from, to)
  })
}

export function readService(data: Received, start: number, end: number, stats: boolean): Service {
  let service: Service | undefined
  within(data, start, end, CMD_ATTR.SERVICE, 'GET_SERVICE', (from, to) => {
    service = serviceOf(decode(SERVICE, data, from, to, 'inet', stats))
  })
  return service ?? refuseService()
}

export function serviceOf<R extends Decoded<typeof SERVICE_SETTINGS.schema>>(
  record: R,
): Omit<R, 'id'> & { readonly id: ServiceId } {
  const { family, protocol, address, port, fwmark } = record.id
  if (fwmark !== undefined) return { ...record, id: { family, fwmark } }
  if (protocol === undefined || address === undefined || port === undefined) return refuseService()
  return { ...record, id: { family, protocol, address, port } }
}

function refuseService(): never {
  throw new DecodeError('GET_SERVICE/SERVICE', 'neither an address nor a fwmark')
}
