// The floor: the least that a program in this language, on these runtimes, does for three of the bench's commands. It
// knows one form of line and one kind of row, checks nothing and makes no object a line, so what it takes is the
// runtime's start, the kernel's work and a loop. The difference to the real programs is their own cost.
//
// `-R` and `-Ln` of the bench's tables; any other word starts modprobe and ends, as a start without ip_vs has to.
import type { Transport } from '../lib/netlink/transport.ts'
import type { System } from '../lib/system/system.ts'

/** A runtime, and the functions that a loop over bytes needs of it. */
interface Machine {
  readonly system: System
  write(bytes: Uint8Array): unknown
  exit(status: number): never
}

async function machineOf(): Promise<Machine> {
  if ('Bun' in globalThis) {
    const { bunSystem, exit } = await import('../lib/system/bun/system.ts')
    const { libc } = await import('../lib/system/bun/libc.ts')
    return { system: bunSystem, write: (bytes) => libc.write(1, bytes, bytes.length), exit }
  }
  const { nodeSystem } = await import('../lib/system/node/system.ts')
  const { writeSync } = await import('node:fs')
  return { system: nodeSystem, write: (bytes) => writeSync(1, bytes), exit: process.exit }
}

/** A message under construction: bytes, and how many of them there are. */
const message = new Uint8Array(1 << 20)
const view = new DataView(message.buffer)
let length = 0
let sequence = 0
let family = 0x10

function begin(type: number, flags: number, port: number): number {
  const start = length
  view.setUint16(start + 4, type, true)
  view.setUint16(start + 6, flags, true)
  view.setUint32(start + 8, ++sequence, true)
  view.setUint32(start + 12, port, true)
  length += 16
  return start
}

function command(number: number): void {
  view.setUint32(length, number | 0x100, true)
  length += 4
}

function attribute(type: number, size: number): number {
  const start = length
  length += 4 + ((size + 3) & ~3)
  view.setUint32(length - 4, 0)
  view.setUint16(start, 4 + size, true)
  view.setUint16(start + 2, type, true)
  return start + 4
}

const u16 = (type: number, value: number) => view.setUint16(attribute(type, 2), value, true)
const be16 = (type: number, value: number) => view.setUint16(attribute(type, 2), value)
const u32 = (type: number, value: number) => view.setUint32(attribute(type, 4), value, true)

function address(type: number, value: number): void {
  const at = attribute(type, 16)
  view.setUint32(at, value)
  view.setUint32(at + 4, 0)
  view.setUint32(at + 8, 0)
}

function serviceId(ip: number, port: number): number {
  const nest = attribute(1, 0) - 4
  u16(1, 2)
  u16(2, 6)
  address(3, ip)
  be16(4, port)
  return nest
}

const close = (nest: number) => view.setUint16(nest, length - nest, true)
const finish = (start: number) => view.setUint32(start, length - start, true)

async function join(transport: Transport): Promise<void> {
  const start = begin(family, 1, transport.port)
  command(3)
  message.set(Buffer.from('IPVS\0'), attribute(2, 5))
  finish(start)
  transport.send(message.subarray(0, length))
  length = 0
  const reply = await transport.receive()
  const data = new DataView(reply.buffer, reply.byteOffset, reply.length)
  for (let at = 20; at < reply.length; at += (data.getUint16(at, true) + 3) & ~3) {
    if (data.getUint16(at + 2, true) === 1) family = data.getUint16(at + 4, true)
  }
}

/** Lines `-A -t IP:PORT -s wlc` and `-a -t IP:PORT -r IP:PORT -m -w WEIGHT`. */
async function restore({ system }: Machine, transport: Transport): Promise<void> {
  const text = system.readInput()
  let at = 0
  const number = () => {
    let value = 0
    for (let code = text.charCodeAt(at); code >= 48 && code <= 57; code = text.charCodeAt(++at))
      value = value * 10 + code - 48
    at++
    return value
  }
  const ip = () => ((number() * 256 + number()) * 256 + number()) * 256 + number()
  const send = async () => {
    if (length === 0) return
    finish(begin(1, 5, transport.port))
    transport.send(message.subarray(0, length))
    await transport.receive()
    length = 0
  }
  for (let count = 1; at < text.length; count++) {
    const adds = text.charCodeAt(at + 1) === 65
    at += 6
    const start = begin(family, 1, transport.port)
    command(adds ? 1 : 5)
    const service = serviceId(ip(), number())
    if (adds) {
      message.set([119, 108, 99, 0], attribute(6, 4))
      view.setUint32(attribute(7, 8), 0)
      view.setUint32(length - 4, 0xffffffff)
      u32(8, 0)
      u32(9, 0xffffffff)
      close(service)
      at = text.indexOf('\n', at) + 1
    } else {
      close(service)
      const server = attribute(2, 0) - 4
      at += 3
      u16(11, 2)
      address(1, ip())
      be16(2, number())
      u32(3, 0)
      at += 6
      u32(4, number())
      u32(5, 0)
      u32(6, 0)
      close(server)
    }
    finish(start)
    if (count % 128 === 0) await send()
  }
  await send()
}

/** TCP services of IPv4 with real servers by NAT, in the kernel's order. */
async function list(machine: Machine, transport: Transport): Promise<void> {
  const out = Buffer.allocUnsafeSlow(1 << 20)
  let end = 0
  const text = (words: string) => {
    for (let i = 0; i < words.length; i++) out[end++] = words.charCodeAt(i)
  }
  const digits = (value: number) => {
    if (value >= 10) digits(Math.floor(value / 10))
    out[end++] = 48 + (value % 10)
  }
  const pad = (from: number, width: number) => {
    while (end < from + width) out[end++] = 32
  }
  const endpoint = (data: DataView, ip: number, port: number) => {
    for (let i = 0; i < 4; i++) {
      digits(data.getUint8(ip + i))
      out[end++] = i < 3 ? 46 : 58
    }
    digits(data.getUint16(port))
  }
  const at = new Int32Array(32)
  const within = (data: DataView, from: number, to: number) => {
    for (let i = from; i < to; i += (data.getUint16(i, true) + 3) & ~3)
      at[data.getUint16(i + 2, true) & 0x3fff] = i + 4
  }
  const services: number[] = []
  await dump(transport, 4, undefined, (data, from, to) => {
    within(data, from, to)
    services.push(data.getUint32(at[3]!), data.getUint16(at[4]!))
  })
  text('IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n')
  text('  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n')
  const id = new DataView(new ArrayBuffer(8))
  for (let i = 0; i < services.length; i += 2) {
    id.setUint32(0, services[i]!)
    id.setUint16(4, services[i + 1]!)
    text('TCP  ')
    endpoint(id, 0, 4)
    text(' wlc\n')
    await dump(
      transport,
      8,
      () => close(serviceId(services[i]!, services[i + 1]!)),
      (data, from, to) => {
        within(data, from, to)
        text('  -> ')
        let column = end
        endpoint(data, at[1]!, at[2]!)
        pad(column, 28)
        text(' Masq    ')
        column = end
        digits(data.getUint32(at[4]!, true))
        pad(column, 7)
        column = end
        digits(data.getUint32(at[7]!, true))
        pad(column, 11)
        column = end
        digits(data.getUint32(at[8]!, true))
        pad(column, 10)
        out[end++] = 10
      },
    )
    if (end > 1 << 19) {
      machine.write(out.subarray(0, end))
      end = 0
    }
  }
  machine.write(out.subarray(0, end))
}

async function dump(
  transport: Transport,
  number: number,
  write: (() => void) | undefined,
  visit: (data: DataView, from: number, to: number) => void,
): Promise<void> {
  const start = begin(family, 0x301, transport.port)
  command(number)
  write?.()
  finish(start)
  transport.send(message.subarray(0, length))
  length = 0
  for (;;) {
    const bytes = await transport.receive()
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let i = 0; i < bytes.length; i += (data.getUint32(i, true) + 3) & ~3) {
      if (data.getUint16(i + 4, true) === 3) return
      visit(data, i + 24, i + 20 + data.getUint16(i + 20, true))
    }
  }
}

async function main(): Promise<void> {
  const machine = await machineOf()
  const work = { '-R': restore, '-Ln': list }[process.argv[2] ?? '']
  if (work === undefined) await machine.system.loadModule()
  else {
    const transport = await machine.system.transport()
    await join(transport)
    await work(machine, transport)
  }
  machine.exit(0)
}

main()
