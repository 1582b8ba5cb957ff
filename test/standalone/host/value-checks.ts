// Calls of the C host's functions with values of any type: a function takes them, refuses them, or throws what a value throws.
// It stays within bounds, which the sanitizers of a checked build see, and leaves no exception behind.
import * as host from 'host'
import type { CheckTools } from './check-tools.ts'

type Values = () => unknown

export function valueChecks({ rounds, random }: Pick<CheckTools, 'rounds' | 'random'>) {
  return {
    'all functions take, refuse or throw values of any type'() {
      callWithAny(random, 4000 * rounds)
    },
  }
}

/** Calls so many functions with values of any type. */
export function callWithAny(random: (below: number) => number, calls: number): void {
  const cases = functions(random)
  const names = Object.keys(cases)
  for (let i = 0; i < calls; i++) {
    const name = names[random(names.length)]!
    const values = cases[name]!.map((value) => value())
    try {
      tidy(name, values, Reflect.apply(Reflect.get(host, name), undefined, values))
    } catch {
      // An exception of a value, or of the engine, which converts it.
      continue
    }
    if (isExceptionLeft()) throw new Error(`${name} leaves an exception`)
  }
}

function isExceptionLeft(): boolean {
  try {
    host.sameRecord(-1, {}, {})
    return false
  } catch {
    return true
  }
}

const OPEN = ['open', 'netlinkSocket', 'udpSocket', 'tcpSocket', 'unixListen', 'unixConnect', 'signals']

function tidy(name: string, values: readonly unknown[], result: unknown): void {
  if (OPEN.includes(name) && typeof result === 'number' && result > 2) host.close(result)
  if (name === 'pipe' && result === 0) {
    const { buffer, byteOffset } = values[0] as Uint8Array
    for (const end of new Int32Array(buffer, byteOffset, 2)) host.close(end)
  }
  if (result instanceof Promise) result.catch(() => {})
}

/** The functions of the host, with a maker of each argument. Descriptors are of no file, and paths of a folder without files. */
export function functions(random: (below: number) => number): Readonly<Record<string, readonly Values[]>> {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const number = () =>
    pick([0, 0, 1, 2, 4, 16, 20, 80, random(256), random(65536), 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])
  const filled = <T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
    array: T,
  ): T => {
    for (let i = 0; i < array.length; i++) array[i] = number()
    return array
  }
  const part = (bytes: Uint8Array) => {
    const from = random(bytes.length + 1)
    return bytes.subarray(from, from + random(bytes.length - from + 1))
  }
  const block = () => filled(new Uint8Array(pick([0, 1, 4, 16, 24, 64, 300, 2000])))
  const bytes = () =>
    pick<Values>([block, () => part(block()), () => filled(new Int32Array(random(70))), any])()
  const throwing = {
    get length(): number {
      throw new Error('length')
    },
  }
  const text = () =>
    pick([
      '',
      'a',
      'x\0y',
      '\ud800',
      '192.0.2.1',
      '-A -t 192.0.2.1:80',
      '-a -t 192.0.2.1:80 -r 192.0.2.2:80 -m',
    ])
  const row = () => ({
    name: pick(['a', 1, undefined]),
    group: random(4),
    form: random(14),
    field: random(50),
    attribute: random(70),
    length: pick([0, 1, 2, 4, 8, 16, 3, 60_000, -1]),
    mask: -1,
    argument: pick([undefined, ['a', 'b'], () => 0, throwing]),
    required: random(2) === 0,
    isFamily: random(2) === 0,
    hasAbsent: random(2) === 0,
    width: pick([0, 80, 81]),
    skip: pick([0, 1, 48]),
    text: text(),
    names: pick([undefined, [1, 'a'], [1], { length: -2 }]),
    least: 0,
    most: 5,
  })
  let depth = 0
  const list = (): unknown[] => {
    if (depth > 2) return []
    depth++
    const values = Array.from({ length: random(6) }, random(2) === 0 ? row : any)
    depth--
    return values
  }
  function any(): unknown {
    return pick<Values>([
      () => undefined,
      () => null,
      () => true,
      () => pick([-1, 0, 1, 2, 3, 6, 7, 9, 16, 48, 80]),
      () => pick([2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 32, 2 ** 53, 1e300, Number.NaN, -Infinity, 0.5, -0]),
      text,
      () => 7n,
      () => Symbol('symbol'),
      () => pick([() => 0, () => -1, () => undefined, () => throwing.length]),
      () => throwing,
      () => new Proxy({}, { get: () => throwing.length }),
      () => ({ length: pick([-1, 0, 1, 4, 2 ** 16, 2 ** 32, Number.NaN, 'x', Symbol('symbol')]) }),
      () => new DataView(new ArrayBuffer(16)),
      () => new ArrayBuffer(16),
      () => filled(new Float64Array(random(10))),
      () => filled(new Uint16Array(random(70))),
      () => filled(new Uint32Array(random(70))),
      () => part(block()),
      row,
      list,
    ])()
  }
  const path = () => {
    const value = any()
    return typeof value === 'string' ? `/nowhere/${value}` : value
  }
  const descriptor = () => pick([-1, -(2 ** 31), 2 ** 31 - 1])
  const few = () => pick([0, 1, -1, undefined, Number.NaN, 'x', 100_000])
  const zero = () => 0
  return {
    buffer: [few],
    open: [path, any, any],
    close: [descriptor],
    read: [descriptor, any],
    write: [descriptor, any],
    stat: [path, any],
    fsync: [descriptor],
    fchmod: [descriptor, any],
    fchown: [descriptor, any, any],
    rename: [path, path],
    unlink: [path],
    readlink: [path],
    list: [path],
    netlinkSocket: [any, any],
    netlinkPort: [descriptor],
    send: [descriptor, any],
    receive: [descriptor, any, any, any],
    udpSocket: [any, any, any],
    interfaceIndex: [path],
    tcpSocket: [any, zero],
    socketError: [descriptor],
    unixListen: [any],
    unixConnect: [any],
    accept: [descriptor],
    effectiveUser: [],
    processId: [],
    variable: [any],
    now: [],
    random: [bytes],
    poll: [bytes, zero],
    spawn: [() => pick(['/nowhere', any()]), any, any, descriptor, descriptor],
    wait: [() => 2 ** 31 - 1],
    pipe: [any],
    signals: [
      () => pick([Int32Array.of(16), Int32Array.of(16, 0), Int32Array.of(-1, 1000), part(block().fill(16))]),
    ],
    releaseSignals: [any],
    enterNetwork: [descriptor],
    isTerminal: [descriptor],
    windowSize: [descriptor, any],
    rawMode: [descriptor],
    restoreMode: [],
    encodeUtf8: [any],
    decodeUtf8: [any],
    dottedQuad: [any],
    splitWords: [any],
    scanRule: [any, bytes],
    skipPlain: [bytes, bytes],
    writePlain: [bytes, bytes, bytes, bytes, bytes, bytes],
    countEntries: [bytes, bytes],
    readEntries: [bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes],
    writeEntries: [bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes],
    matchServers: [bytes, bytes, bytes, bytes, bytes, bytes, any, bytes, any],
    connectionRows: [bytes, bytes],
    recordPlan: [() => pick([list(), any()]), () => pick([list(), any()]), () => pick([list(), any()]), any],
    readRecord: [any, bytes, any, any, any, any],
    readRecords: [any, bytes, any, any, any, any, any],
    rowPlan: [any, () => pick([list(), any()]), any, any, any, any],
    readRows: [any, bytes, bytes, bytes, bytes, bytes],
    sortRows: [bytes, bytes, any],
    writeRows: [bytes, bytes, bytes, bytes, any, any],
    readSeries: [descriptor, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, any, bytes, bytes],
    writeRecord: [any, any, bytes, any],
    sameRecord: [any, any, any],
    words: [],
    loadModule: [any],
  }
}
