// Protocol buffers as etcd uses them: a message is a record of rows, a field each; types, encoder and decoder derive from it.

/** A 64-bit integer as number (`int`) or bigint (`long`); also enumerations. */
type Scalar = 'int' | 'long' | 'flag' | 'bytes' | 'text'
type FieldKind = Scalar | MessageType

interface FieldRow {
  readonly number: number
  readonly kind: FieldKind
  readonly list: boolean
}

export type MessageType<F extends Readonly<Record<string, FieldRow>> = Readonly<Record<string, FieldRow>>> = {
  readonly fields: F
}

interface ScalarTypes {
  readonly int: number
  readonly long: bigint
  readonly flag: boolean
  readonly bytes: Uint8Array
  readonly text: string
}

type One<K> = K extends Scalar ? ScalarTypes[K] : K extends MessageType<infer F> ? DecodedMessage<F> : never

/** A decoded message: scalars that were not sent have the value zero. */
export type DecodedMessage<F> = {
  readonly [N in keyof F]: F[N] extends { readonly list: true; readonly kind: infer K }
    ? readonly One<K>[]
    : F[N] extends { readonly kind: infer K }
      ? K extends Scalar
        ? One<K>
        : One<K> | undefined
      : never
}

type Given<K> = K extends Scalar ? ScalarTypes[K] : K extends MessageType<infer F> ? Encodable<F> : never

/** A message to encode: a field that is left out is not sent. */
export type Encodable<F> = {
  readonly [N in keyof F]?: F[N] extends { readonly list: true; readonly kind: infer K }
    ? readonly Given<K>[]
    : F[N] extends { readonly kind: infer K }
      ? Given<K>
      : never
}

export const field = <const K extends FieldKind>(number: number, kind: K) =>
  ({ number, kind, list: false }) as const
export const list = <const K extends FieldKind>(number: number, kind: K) =>
  ({ number, kind, list: true }) as const
export const message = <const F extends Readonly<Record<string, FieldRow>>>(fields: F): MessageType<F> => ({
  fields,
})

/** Wire types: a varint, eight bytes, a length and so many bytes, four bytes. */
const WIRE = { varint: 0, eight: 1, length: 2, four: 5 } as const

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function encodeMessage<F extends Readonly<Record<string, FieldRow>>>(
  { fields }: MessageType<F>,
  values: Encodable<F>,
): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [name, row] of Object.entries(fields)) {
    const value = (values as Readonly<Record<string, unknown>>)[name]
    if (value === undefined) continue
    for (const one of row.list ? (value as readonly unknown[]) : [value]) parts.push(...encodeField(row, one))
  }
  return joined(parts)
}

function encodeField({ number, kind }: FieldRow, value: unknown): Uint8Array[] {
  const bytes = payloadOf(kind, value)
  if (bytes === undefined) return [varint(BigInt((number << 3) | WIRE.varint)), varint(integerOf(value))]
  return [varint(BigInt((number << 3) | WIRE.length)), varint(BigInt(bytes.length)), bytes]
}

/** The bytes of a field with a length; undefined: it is a varint. */
function payloadOf(kind: FieldKind, value: unknown): Uint8Array | undefined {
  if (typeof kind === 'object') return encodeMessage(kind, value as Encodable<typeof kind.fields>)
  if (kind === 'bytes') return value as Uint8Array
  return kind === 'text' ? encoder.encode(value as string) : undefined
}

const integerOf = (value: unknown) => BigInt.asUintN(64, BigInt(value as number | bigint | boolean))

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Reads a message; fields that have no row are skipped. Throws a RangeError if it is malformed. */
export function decodeMessage<F extends Readonly<Record<string, FieldRow>>>(
  type: MessageType<F>,
  bytes: Uint8Array,
): DecodedMessage<F> {
  const values: Record<string, unknown> = {}
  const names = new Map<number, string>()
  for (const [name, { number, kind, list }] of Object.entries(type.fields)) {
    names.set(number, name)
    values[name] = list ? [] : ZERO[kind as Scalar]
  }
  const reader = new WireReader(bytes)
  while (!reader.atEnd) {
    const tag = Number(reader.varint())
    const name = names.get(tag >>> 3)
    const payload = reader.payload(tag & 7)
    if (name === undefined) continue
    const { kind, list } = type.fields[name]!
    const value = valueIn(kind, payload)
    if (list) (values[name] as unknown[]).push(value)
    else values[name] = value
  }
  return values as DecodedMessage<F>
}

const ZERO: Readonly<Record<Scalar, unknown>> = {
  int: 0,
  long: 0n,
  flag: false,
  bytes: new Uint8Array(0),
  text: '',
}

function valueIn(kind: FieldKind, payload: bigint | Uint8Array): unknown {
  if (typeof payload === 'bigint') {
    if (kind === 'flag') return payload !== 0n
    const value = BigInt.asIntN(64, payload)
    if (kind === 'long') return value
    if (kind !== 'int' || !Number.isSafeInteger(Number(value)))
      throw new RangeError('an integer is out of range')
    return Number(value)
  }
  if (typeof kind === 'object') return decodeMessage(kind, payload)
  if (kind === 'bytes') return payload
  if (kind === 'text') return decoder.decode(payload)
  throw new RangeError('a field has the wrong wire type')
}

class WireReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a varint has no end')
  }

  payload(wire: number): bigint | Uint8Array {
    switch (wire) {
      case WIRE.varint:
        return this.varint()
      case WIRE.length:
        return this.#take(Number(this.varint()))
      case WIRE.eight:
        return this.#take(8)
      case WIRE.four:
        return this.#take(4)
      default:
        throw new RangeError(`there is no wire type ${wire}`)
    }
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new RangeError('a field is longer than its message')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
