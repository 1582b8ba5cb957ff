// Checks of the C host's functions, run on the engine itself: test/standalone/host.test.ts builds and starts it.
import * as host from 'host'
import { type Codec, decode, encode } from '../../../lib/ipvs/codec.ts'
import { ChangeEncoder } from '../../../lib/ipvs/requests.ts'
import { DESTINATION, SERVICE } from '../../../lib/ipvs/schema.ts'
import { dottedQuad, PLAIN_FIELDS, scanRule, splitWords } from '../../../lib/model/scan.ts'
import { AttributeWriter, received, walk } from '../../../lib/netlink/attributes.ts'
import { eachMessage } from '../../../lib/netlink/message.ts'
import { formatConnections } from '../../../lib/output/connection-listing.ts'
import * as plainInTypeScript from '../../../lib/rules/plain-requests.ts'
import type { SendingRoom } from '../../../lib/rules/sending-room.ts'
import { lockName } from '../../../lib/system/lock-name.ts'
import { installGlobals } from '../../../lib/system/quickjs/globals.ts'
import { acquireLock } from '../../../lib/system/quickjs/lock.ts'
import * as plainInC from '../../../lib/system/quickjs/packages/plain-requests.ts'
import {
  dumpReader,
  groupComparison,
  groupWriter,
  recordReader,
} from '../../../lib/system/quickjs/packages/record-reader.ts'
import stringWidth from '../../../lib/system/quickjs/packages/string-width.ts'
import { connectionLine } from '../../support/connection-line.ts'
import { ruleLine, ruleText } from '../../support/rule-line.ts'
import { entryChecks } from './entry-checks.ts'
import { planChecks } from './plan-checks.ts'
import { rowChecks } from './row-checks.ts'
import { seriesChecks } from './series-checks.ts'
import type { Texts } from './texts.ts'
import { valueChecks } from './value-checks.ts'

installGlobals()
const FOLDER = host.words()[1]!
/** The number of generated inputs, and their seed. */
const ROUNDS = Number(host.words()[2] ?? 1)
const ENOENT = -2
const EIO = -5
const EBADF = -9
const EAGAIN = -11
const EINVAL = -22
const ENODEV = -19
const ENOTTY = -25
const EMFILE = -24
const EADDRINUSE = -98

function print(text: string): void {
  host.write(1, new TextEncoder().encode(`${text}\n`))
}

function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [actual, expected].map((value) =>
    JSON.stringify(value, (_, each) =>
      typeof each === 'bigint' ? `${each}n` : each === undefined ? 'undefined' : each,
    ),
  )
  if (a !== b) throw new Error(`${a} instead of ${b}`)
}

/** Numbers that look random and are the same each time. */
let seed = Number(host.words()[3] ?? 1)
function random(below: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
  return (seed >>> 8) % below
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (value: string) => new TextEncoder().encode(value)

type Checks = Readonly<Record<string, () => void | Promise<void>>>

const checks: Checks = {
  ...rowChecks({ rounds: ROUNDS, random, equal, attribute, message }),
  ...seriesChecks({ folder: FOLDER, rounds: ROUNDS, random, equal }),
  'open, write, read, fsync, fchmod, fchown, rename, readlink, stat, unlink, close'() {
    const path = `${FOLDER}/file`
    const file = host.open(path, 0o102, 0o600)
    equal(file > 2, true)
    equal(host.write(file, bytes('content')), 7)
    equal([host.fsync(file), host.fchmod(file, 0o640), host.fchown(file, -1, -1)], [0, 0, 0])
    const status = new Uint32Array(3)
    equal([host.stat(path, status), [...status]], [0, [0o100640, host.effectiveUser(), status[2]]])
    equal([host.close(file), host.close(file)], [0, EBADF])
    equal(host.rename(path, `${path}2`), 0)
    equal([host.stat(path, status), host.stat(`${path}2`, status)], [ENOENT, 0])
    const again = host.open(`${path}2`, 0, 0)
    const block = new Uint8Array(host.buffer(100))
    equal([host.read(again, block), text(block.subarray(0, 7))], [7, 'content'])
    equal(host.readlink(`${path}2`), EINVAL)
    equal(host.readlink('/proc/self/cwd').toString().startsWith('/'), true)
    equal([host.unlink(`${path}2`), host.unlink(`${path}2`)], [0, ENOENT])
  },
  'paths with a NUL, and values of other types, are refused'() {
    equal([host.open('a\0b', 0, 0), host.unlink('\0'), host.rename('a', 'b\0')], [EINVAL, EINVAL, EINVAL])
    const wrong = undefined as unknown as Uint8Array & Uint32Array & Int32Array
    equal(
      [
        host.read(0, wrong),
        host.write(1, wrong),
        host.random(wrong),
        host.stat('/', wrong),
        host.signals(wrong),
      ],
      [EINVAL, EINVAL, EINVAL, EINVAL, EINVAL],
    )
  },
  'netlinkSocket, netlinkPort, send, receive'() {
    const socket = host.netlinkSocket(0, 1000)
    equal(host.netlinkPort(socket) > 0, true)
    // RTM_GETLINK of all interfaces
    const request = new Uint8Array(32)
    const view = new DataView(request.buffer)
    view.setUint32(0, 32, true)
    view.setUint16(4, 18, true)
    view.setUint16(6, 0x301, true)
    equal(host.send(socket, request), 32)
    const fields = new Uint32Array(3 * 2)
    const block = new Uint8Array(2 * 32768)
    const count = host.receive(socket, block, 32768, fields)
    equal([count >= 1, fields[0]! > 16, fields[2]], [true, true, 0])
    equal(host.receive(socket, block, 32768, new Uint32Array(1)), EINVAL)
    equal(host.receive(socket, block, 0, fields), EINVAL)
    host.close(socket)
    const silent = host.netlinkSocket(0, 1)
    equal(host.receive(silent, block, 32768, fields), EAGAIN)
  },
  'udpSocket, poll'() {
    const none = host.udpSocket(Uint8Array.of(127, 0, 0, 1, 5), 53, 0)
    equal(none, EINVAL)
    const socket = host.udpSocket(Uint8Array.of(127, 0, 0, 1), 9, 0)
    const entries = Int32Array.of(socket, 1, 0)
    equal([socket > 2, host.poll(entries, 0)], [true, 0])
    host.write(socket, Uint8Array.of(1))
    // No process listens there: the error makes it readable.
    equal([host.poll(entries, 1000), entries[2] !== 0, host.read(socket, new Uint8Array(9))], [1, true, -111])
    host.close(socket)
    host.close(host.udpSocket(new Uint8Array(16), 53, 0))
    // The kernel takes an address of a link only with the link's number.
    const local = Uint8Array.of(0xfe, 0x80, ...new Uint8Array(14))
    const loopback = host.interfaceIndex('lo')
    equal([host.udpSocket(local, 53, 0), host.udpSocket(local, 53, loopback) !== EINVAL], [EINVAL, true])
    equal([loopback > 0, host.interfaceIndex('nosuch0'), host.interfaceIndex('a\0b')], [true, ENODEV, EINVAL])
    // As many as there may be descriptors.
    equal(
      [host.poll(new Int32Array(3 * 64).fill(-1), 0), host.poll(new Int32Array(3 * 65).fill(-1), 0)],
      [0, EINVAL],
    )
  },
  'tcpSocket, socketError'() {
    equal(host.tcpSocket(Uint8Array.of(127, 0, 0, 1, 5), 80), EINVAL)
    // No process listens there: the connection is refused.
    const socket = host.tcpSocket(Uint8Array.of(127, 0, 0, 1), 1)
    const POLLOUT = 4
    const entries = Int32Array.of(socket, POLLOUT, 0)
    equal([socket > 2, host.poll(entries, 1000)], [true, 1])
    equal([host.socketError(socket), host.socketError(socket)], [111, 0])
    host.close(socket)
  },
  'unixListen, unixConnect, accept'() {
    const name = bytes(`ipvsadm-test-${host.processId()}`.padEnd(107, '\0'))
    const server = host.unixListen(name)
    equal([server > 2, host.unixListen(name), host.accept(server)], [true, EADDRINUSE, EAGAIN])
    const client = host.unixConnect(name)
    const guest = host.accept(server)
    equal([host.write(guest, bytes('hello')), host.close(guest)], [5, 0])
    const block = new Uint8Array(9)
    equal([host.read(client, block), host.read(client, block)], [5, 0])
    equal([host.unixListen(new Uint8Array(108)), host.unixConnect(new Uint8Array(200))], [EINVAL, EINVAL])
    equal([host.close(client), host.close(server)], [0, 0])
  },
  async 'the holder of a lock keeps no connection of a process that waits no more'() {
    const name = `test-${host.processId()}`
    const outcome = await acquireLock(name, 'holder', 0)
    const turns = async () => {
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const descriptors = () => (host.list('/proc/self/fd') as readonly string[]).length
    const before = descriptors()
    for (let i = 0; i < 9; i++) {
      const guest = host.unixConnect(bytes(lockName(name).slice(1)))
      await turns()
      const block = new Uint8Array(99)
      equal(text(block.subarray(0, host.read(guest, block))), 'holder\n')
      host.close(guest)
      await turns()
    }
    const after = descriptors()
    if ('lock' in outcome) outcome.lock.release()
    equal([after, descriptors()], [before, before - 1])
  },
  'pipe, spawn, wait'() {
    const ends = new Int32Array(2)
    equal(host.pipe(ends), 0)
    const process = host.spawn('/bin/sh', ['sh', '-c', 'echo $A; exit 3'], ['A=b'], ends[1]!, 2)
    equal([host.wait(process), host.wait(process)], [3, -10])
    const block = new Uint8Array(9)
    equal([host.read(ends[0]!, block), text(block.subarray(0, 2))], [2, 'b\n'])
    equal(host.spawn('/nowhere', ['x'], [], 1, 2), ENOENT)
    equal(host.spawn('/bin/sh', ['\0'], [], 1, 2), EINVAL)
    // It ends by a signal that this process blocks.
    const set = Int32Array.of(15)
    const descriptor = host.signals(set)
    const ended = host.spawn('/bin/sh', ['sh', '-c', 'kill -TERM $$; exit 1'], [], 1, 2)
    equal([host.wait(ended), host.releaseSignals(set), host.close(descriptor)], [143, 0, 0])
    equal([host.read(ends[0]!, block), host.close(ends[1]!), host.read(ends[0]!, block)], [EAGAIN, 0, 0])
    host.close(ends[0]!)
  },
  'a program that is started waits for room in a pipe'() {
    const ends = new Int32Array(2)
    host.pipe(ends)
    const words = ['sh', '-c', 'grep flags /proc/self/fdinfo/1']
    equal(host.wait(host.spawn('/bin/sh', words, ['PATH=/usr/bin:/bin'], ends[1]!, 2)), 0)
    const block = new Uint8Array(100)
    const flags = Number.parseInt(text(block.subarray(7, host.read(ends[0]!, block))), 8)
    const O_NONBLOCK = 0o4000
    equal(flags & O_NONBLOCK, 0)
    for (const end of ends) host.close(end)
  },
  'signals, releaseSignals'() {
    const set = Int32Array.of(10)
    const descriptor = host.signals(set)
    const record = new Uint8Array(128)
    equal(host.read(descriptor, record), EAGAIN)
    signalItself(10)
    equal([host.read(descriptor, record), record[0], host.releaseSignals(set)], [128, 10, 0])
    host.close(descriptor)
    equal([host.signals(Int32Array.of(10, 0)), host.releaseSignals(Int32Array.of(65536))], [EINVAL, EINVAL])
  },
  'signals keep their effect if there is no descriptor for them'() {
    const files: number[] = []
    let last = 0
    for (; last >= 0; last = host.open('/dev/null', 0, 0)) if (last > 0) files.push(last)
    equal([last, host.signals(Int32Array.of(10))], [EMFILE, EMFILE])
    for (const file of files) host.close(file)
    const status = host.open('/proc/self/status', 0, 0)
    const block = new Uint8Array(4096)
    equal(/SigBlk:\s*(\w+)/.exec(text(block.subarray(0, host.read(status, block))))![1], '0'.repeat(16))
    host.close(status)
  },
  'effectiveUser, processId, variable, now, random, enterNetwork, engine'() {
    equal([host.effectiveUser() >= 0, host.processId() > 1], [true, true])
    equal([host.variable('NAME'), host.variable('NAM'), host.variable('')], ['value', undefined, undefined])
    const before = host.now()
    equal([before > 0, host.now() >= before, host.engine.length > 3], [true, true, true])
    const numbers = new Uint8Array(64)
    equal([host.random(numbers), numbers.some((each) => each !== 0)], [64, true])
    equal(host.enterNetwork(-1), EBADF)
  },
  'isTerminal, windowSize, rawMode, restoreMode'() {
    equal(
      [host.isTerminal(1), host.windowSize(1, new Int32Array(2)), host.rawMode(1)],
      [false, ENOTTY, ENOTTY],
    )
    const O_RDWR_NOCTTY = 0o402
    const terminal = host.open('/dev/ptmx', O_RDWR_NOCTTY, 0)
    const size = Int32Array.of(-1, -1)
    equal([host.isTerminal(terminal), host.windowSize(terminal, size), ...size], [true, 0, 0, 0])
    equal([echoes(terminal), host.rawMode(terminal), echoes(terminal)], [true, 0, false])
    host.restoreMode()
    equal(echoes(terminal), true)
    equal([host.rawMode(terminal), host.rawMode(terminal), echoes(terminal)], [0, 0, false])
    host.restoreMode()
    equal(echoes(terminal), true)
    host.restoreMode()
    host.close(terminal)
  },
  'encodeUtf8, decodeUtf8'() {
    for (const each of ['', 'ASCII', 'ä€\u{1f600}', 'a\0b', '\ufeffx']) {
      equal(host.decodeUtf8(new Uint8Array(host.encodeUtf8(each))), each)
    }
    equal([...new Uint8Array(host.encodeUtf8('€'))], [0xe2, 0x82, 0xac])
    equal(host.decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62)), 'a\ufffdb')
    equal(host.decodeUtf8(Uint8Array.of(0x82, 0x0a, 0x61)), '\ufffd\na')
  },
  'encodeUtf8, decodeUtf8 give what those of Node give'() {
    const file = host.open(`${FOLDER}/texts.json`, 0, 0)
    const block = new Uint8Array(host.buffer(32 * 1024 * 1024))
    const { encoded, decoded } = JSON.parse(text(block.subarray(0, host.read(file, block)))) as Texts
    host.close(file)
    equal([encoded.length > 100, decoded.length > 100], [true, true])
    for (const [value, expected] of encoded) equal([...new Uint8Array(host.encodeUtf8(value))], expected)
    for (const [input, expected] of decoded)
      equal([input, host.decodeUtf8(Uint8Array.from(input))], [input, expected])
  },
  'dottedQuad gives what its twin gives'() {
    for (let i = 0; i < 20_000 * ROUNDS; i++) {
      const parts = Array.from({ length: 2 + random(4) }, () =>
        pick(['0', '1', '9', '25', '255', '256', '01', '', 'a', '-1', '٣']),
      )
      const word = parts.join(pick(['.', '.', '.', '..', ':']))
      equal([word, host.dottedQuad(word)], [word, dottedQuad(word)])
    }
  },
  'scanRule gives what its twin gives'() {
    let plain = 0
    for (let i = 0; i < 2000 * ROUNDS; i++) {
      const line = ruleLine(random, random(3) > 0)
      const [fields, others] = [new Int32Array(PLAIN_FIELDS), new Int32Array(PLAIN_FIELDS)]
      const found = host.scanRule(line, fields)
      equal([line, found], [line, scanRule(line, others)])
      if (!found) continue
      plain++
      equal([line, ...fields], [line, ...others])
    }
    equal([plain > 200, host.scanRule('-A -t 192.0.2.1:80', new Int32Array(1))], [true, false])
  },
  'skipPlain, writePlain do what their twins do'() {
    const encoder = new ChangeEncoder({ family: 30, version: 1, port: 4242 })
    const [inC, inTypeScript] = [plainInC.plainWriter(encoder), plainInTypeScript.plainWriter(encoder)]
    let written = 0
    for (let i = 0; i < 300 * ROUNDS; i++) {
      const fits = random(2) === 0
      const generated = Array.from({ length: random(30) }, () => ruleLine(random, fits || random(3) > 0))
      const lines = generated.filter((line) => !fits || scanRule(line, new Int32Array(PLAIN_FIELDS)))
      const file = ruleText(random, lines)
      if (!fits && file.length > 0) file[random(file.length)] = random(256)
      const from = random(4) === 0 ? random(file.length + 1) : 0
      const to = random(4) === 0 ? from + random(file.length - from + 1) : file.length
      const room = random(4) === 0 ? { bytes: random(2000), count: random(5) } : { bytes: 4096, count: 12 }
      const at = 4 * random(8)
      const [one, two] = [0, 0].map(() => ({
        block: new Uint8Array(room.bytes).fill(255),
        places: new Uint32Array(2 * room.count),
        progress: Uint32Array.of(from, to, 1, at, 0, pick([1, 2 ** 32 - 1])),
      })) as [SendingRoom, SendingRoom]
      two.progress[5] = one.progress[5]!
      const [skipped, expected] = [one.progress.slice(), two.progress.slice()]
      plainInC.skipPlain(file, skipped)
      plainInTypeScript.skipPlain(file, expected)
      equal([lines, skipped], [lines, expected])
      inC(file, one)
      inTypeScript(file, two)
      equal([lines, one.progress, one.places], [lines, two.progress, two.places])
      equal([lines, one.block.every((each, at) => each === two.block[at])], [lines, true])
      written += one.progress[4]!
    }
    equal([written, written > 200], [written, true])
    const [block, places] = [new Uint8Array(1024), new Uint32Array(8)]
    // A plan whose flags are before the name, which is longer than that of the line.
    const crossed = [440, 20, 20, 20, 20, 24, 20, 20, 40, 20, 20, 20, 20, 20, 20, 20, 6, 17, 1, 0, 3, 2, 0]
    const messages = new Uint8Array(480)
    messages.set([400 & 255, 400 >> 8], 24)
    const short = bytes('-A -t 192.0.2.1:80 -s rr -p 300')
    const whole = Uint32Array.of(0, short.length, 1, 0, 0, 1)
    equal(host.writePlain(Uint32Array.from(crossed), messages, short, block, places, whole), false)
    const line = bytes('-A -t 192.0.2.1:80')
    for (let i = 0; i < 1000 * ROUNDS; i++) {
      const plan = Uint32Array.from({ length: 23 }, () => pick([0, 20, 40, 200, random(600), 2 ** 32 - 1]))
      const progress = Uint32Array.of(0, pick([0, line.length, 2 ** 32 - 1]), 1, random(1200), 0, 1)
      host.writePlain(plan, block.slice(random(1024)), line, block, places, progress)
    }
    const wrong = undefined as unknown as Uint32Array
    equal(host.skipPlain(line, wrong), false)
    equal(host.writePlain(wrong, block, line, block, places, new Uint32Array(6)), false)
  },
  'connectionRows gives what its twin gives, or nothing'() {
    const rows = new Uint8Array(2048)
    let [fitting, others] = [0, 0]
    for (let i = 0; i < 1000 * ROUNDS; i++) {
      const fits = random(2) === 0
      const lines = Array.from({ length: 1 + random(4) }, () => connectionLine(random, fits || random(3) > 0))
      const block = bytes(lines.join('\n') + (random(2) === 0 ? '\n' : ''))
      const damaged = !fits && random(2) === 0
      if (damaged) block[random(block.length)] = random(256)
      const room = random(16) === 0 ? random(rows.length) : rows.length
      rows.fill(1)
      const length = host.connectionRows(block, rows.subarray(0, room))
      if (fits && room === rows.length) equal([lines, length > 0], [lines, true])
      if (length < 0) continue
      if (fits) fitting++
      else others++
      equal([text(block), text(rows.subarray(0, length))], [text(block), listed(block)])
      equal(
        rows.subarray(room).every((each) => each === 1),
        true,
      )
    }
    equal([fitting > 300, others > 60], [true, true])
    const wrong = undefined as unknown as Uint8Array
    equal([host.connectionRows(wrong, rows), host.connectionRows(rows, wrong)], [-1, -1])
  },
  'splitWords gives what its twin gives'() {
    for (let i = 0; i < 20_000 * ROUNDS; i++) {
      const parts = Array.from({ length: random(12) }, () =>
        pick([' ', '\t', '\r', '-A', 'ä', '€', '\0', '\u00a0', '\ud800', 'x'.repeat(9)]),
      )
      const line = parts.join('')
      equal(host.splitWords(line), splitWords(line))
    }
  },
  'recordPlan, readRecord give what decode gives, or nothing'() {
    for (const codec of [SERVICE, DESTINATION] as readonly Codec<unknown>[]) {
      const reader = recordReader(codec)!
      let read = 0
      for (let i = 0; i < 5_000 * ROUNDS; i++) {
        const record = codec === SERVICE ? serviceBytes() : destinationBytes()
        if (random(3) === 0) record[random(record.length)] = random(256)
        const end = random(8) === 0 ? random(record.length) : record.length
        const fast = attempt(() => reader(record, 0, end, 'inet', random(2) === 0))
        seed = (seed + 7) >>> 0
        const observes = [true, false].map((observe) =>
          attempt(() => decode(codec, received(record), 0, end, 'inet', observe)),
        )
        if (fast === undefined) continue
        read++
        const same = observes.some((slow) => JSON.stringify(slow, plain) === JSON.stringify(fast, plain))
        if (!same)
          throw new Error(`${JSON.stringify(fast, plain)} instead of ${JSON.stringify(observes, plain)}`)
      }
      if (read < 1000) throw new Error(`only ${read} were read`)
    }
  },
  'readRecords gives what decode gives of each message, or nothing'() {
    for (const codec of [SERVICE, DESTINATION] as readonly Codec<unknown>[]) {
      const reader = dumpReader(codec)!
      let read = 0
      for (let i = 0; i < 2_000 * ROUNDS; i++) {
        const records = Array.from({ length: random(4) }, () =>
          codec === SERVICE ? serviceBytes() : destinationBytes(),
        )
        const bytes = Uint8Array.from(records.flatMap((record) => message([...record])))
        const damaged = records.length > 0 && random(2) === 0
        if (damaged) bytes[random(bytes.length)] = random(256)
        const whole = bytes.subarray(0, random(8) === 0 ? random(bytes.length + 1) : bytes.length)
        const dump = { sequence: 7, port: 4242, attribute: 1, inherited: 'inet', observe: true } as const
        const fast = attempt(() => reader(whole, dump))
        if (fast === undefined) continue
        read++
        const slow = attempt(() => {
          const all: unknown[] = []
          eachMessage(received(whole), (header, start, end) => {
            equal([header.sequence, header.port, header.flags & 0x10, header.type >= 16], [7, 4242, 0, true])
            walk(received(whole), start + 4, end, 'test', (type, from, to) => {
              equal(type, 1)
              all.push(decode(codec, received(whole), from, to))
            })
          })
          return all
        })
        if (JSON.stringify(fast, plain) !== JSON.stringify(slow, plain))
          throw new Error(`${JSON.stringify(fast, plain)} instead of ${JSON.stringify(slow, plain)}`)
      }
      if (read < 500) throw new Error(`only ${read} were read`)
    }
  },
  'writeRecord writes what encode writes, or nothing'() {
    let written = 0
    for (let i = 0; i < 5_000 * ROUNDS; i++) {
      const isService = random(2) === 0
      const codec = (isService ? SERVICE : DESTINATION) as unknown as Codec<Schema>
      const record = isService ? serviceBytes() : destinationBytes()
      const decoded = attempt(() => decode(codec, received(record), 0, record.length))
      if (typeof decoded !== 'object') continue
      const name = pick(['id', 'config'] as const)
      const values = { ...decoded[name] } as Record<string, unknown>
      const field = pick(Object.keys(values))
      if (random(4) === 0)
        values[field] = pick([undefined, '', 0, -1, 70000, 'wlc', 'x'.repeat(16), '192.0.2.1', '::1', 'a\0b'])
      const slow = new AttributeWriter()
      const expected = attempt(() => encode(slow, codec.schema[name], values as never, 'inet'))
      const block = new Uint8Array(pick([512, 512, 40])).fill(255)
      const end = groupWriter(codec.schema[name])!(values, block, 4)
      if (end < 0) continue
      written++
      equal([expected, [...block.subarray(4, end)]], [undefined, [...slow.written]])
      equal(
        [...block.subarray(end)].every((each) => each === 255),
        true,
      )
    }
    if (written < 1000) throw new Error(`only ${written} were written`)
  },
  'sameRecord finds a difference in any field, and compares as === does'() {
    for (const { schema } of [SERVICE, DESTINATION] as unknown as Codec<Schema>[]) {
      const group = schema.config!
      const compare = groupComparison(group)!
      const record = Object.fromEntries(
        Object.keys(group).map((field, i) => [field, i % 2 === 0 ? i : `${i}`]),
      )
      equal(compare(record, { ...record, other: 1 }), true)
      for (const field of Object.keys(group)) {
        for (const value of [undefined, -1, `${record[field]} `, 0.5, 7n, record]) {
          const other = { ...record, [field]: value }
          equal(
            [compare(record, other), compare(other, record), compare(other, { ...other })],
            [false, false, true],
          )
        }
        equal(compare({ ...record, [field]: Number.NaN }, { ...record, [field]: Number.NaN }), false)
      }
      const broken = {
        get [Object.keys(group)[0]!]() {
          throw new Error('broken')
        },
      }
      equal(`${attempt(() => compare(record, broken))}`, `${attempt(() => broken[Object.keys(group)[0]!])}`)
    }
    equal(host.sameRecord(-1, {}, {}), false)
  },
  loadModule() {
    return host.loadModule('./nowhere.js').then(
      () => {
        throw new Error('there is no such module')
      },
      (error) => equal(`${error}`, 'ReferenceError: no module nowhere.js'),
    )
  },
  'the width of a text'() {
    equal(
      ['', 'abc', '\u001b[1mabc\u001b[22m', 'ä', 'a\u0301', '日本', '\u{1f600}'].map(stringWidth),
      [0, 3, 3, 1, 1, 4, 2],
    )
  },
  ...entryChecks({ rounds: ROUNDS, random, equal, attribute, message }),
  // The last one: the event loop does not wait any more.
  async setWaiter() {
    const turns: number[] = []
    await new Promise<void>((resolve) => {
      host.setWaiter(() => {
        // Nothing else holds this function, which still runs.
        host.setWaiter(() => false)
        turns.push(1)
        resolve()
        return true
      })
    })
    equal(turns, [1])
  },
}

/** Whether a terminal prints what is typed, as stty(1) says. */
function echoes(terminal: number): boolean {
  const ends = new Int32Array(2)
  host.pipe(ends)
  const words = ['sh', '-c', 'stty -a <&1 >&2']
  equal(host.wait(host.spawn('/bin/sh', words, ['PATH=/usr/bin:/bin'], terminal, ends[1]!)), 0)
  const block = new Uint8Array(4096)
  const settings = text(block.subarray(0, host.read(ends[0]!, block)))
  for (const end of ends) host.close(end)
  return / echo /.test(settings)
}

/** Checks that run alone, by the word that selects them. */
const groups: Readonly<Record<string, Checks>> = {
  // Values of any type use up the room for plans.
  values: valueChecks({ rounds: ROUNDS, random }),
  plans: planChecks({ equal }),
  /** In a network namespace whose interface has the longest name. */
  interfaces: {
    'interfaceIndex takes no longer name for it'() {
      const name = 'abcdefghijklmno'
      equal([host.interfaceIndex(name), host.interfaceIndex(`${name}p`)], [1, ENODEV])
    },
  },
  /** With strace(1), which makes reading a folder fail. */
  folders: {
    'list gives the error that ends a folder'() {
      equal(host.list('/'), EIO)
    },
  },
}

/** Sends a signal to this process. */
function signalItself(signal: number): void {
  const words = ['sh', '-c', `kill -${signal} ${host.processId()}`]
  equal(host.wait(host.spawn('/bin/sh', words, [], 1, 2)), 0)
}

/** The rows of lines, as TypeScript prints them. */
function listed(lines: Uint8Array): string {
  const list = [bytes('Pro\n'), lines]
  const [, , ...rows] = [...formatConnections(list, { persistentConn: false })].join('').split('\n')
  return rows.join('\n')
}

type Schema = Record<'id' | 'config', Record<string, never>>

const plain = (_: string, value: unknown) =>
  typeof value === 'bigint' ? `${value}n` : value === undefined ? null : value

function attempt<T>(work: () => T): T | string | undefined {
  try {
    return work()
  } catch (error) {
    return `${error}`
  }
}

function attribute(type: number, payload: readonly number[]): number[] {
  const length = payload.length + 4
  return [length & 255, length >> 8, type, 0, ...payload, ...new Array((4 - (length % 4)) % 4).fill(0)]
}
/** A reply to a dump with one record in it. */
function message(record: readonly number[]): number[] {
  const body = [4, 1, 0, 0, ...attribute(1, record)]
  const length = 16 + body.length
  return [length & 255, length >> 8, 0, 0, 30, 0, 2, 0, 7, 0, 0, 0, 4242 & 255, 4242 >> 8, 0, 0, ...body]
}

const some = (length: number) => Array.from({ length }, () => random(256))
const family = () => [random(10) === 0 ? 10 : 2, 0]
const name = () => [
  ...pick(['wlc', 'rr', 'sh', 'wrŲ', ''])
    .split('')
    .map((each) => each.charCodeAt(0) & 255),
  0,
]
const counters = (width: number) =>
  Array.from({ length: 10 }, (_, i) => attribute(i + 1, some(i === 3 || i === 4 ? 8 : width))).flat()

function serviceBytes(): Uint8Array {
  return Uint8Array.from([
    ...attribute(1, family()),
    ...attribute(2, [pick([6, 17, 132, 1]), 0]),
    ...attribute(3, some(16)),
    ...attribute(4, some(2)),
    ...(random(4) === 0 ? attribute(5, some(4)) : []),
    ...attribute(6, name()),
    ...attribute(7, some(8)),
    ...attribute(8, some(4)),
    ...attribute(9, some(4)),
    ...(random(2) === 0 ? attribute(10, counters(4)) : []),
    ...(random(4) === 0 ? attribute(11, name()) : []),
    ...(random(2) === 0 ? attribute(12, counters(8)) : []),
  ])
}

function destinationBytes(): Uint8Array {
  return Uint8Array.from([
    ...attribute(1, some(16)),
    ...attribute(2, some(2)),
    ...attribute(3, [random(5), 0, 0, 0]),
    ...[4, 5, 6, 7, 8, 9].flatMap((type) => attribute(type, some(4))),
    ...(random(2) === 0 ? attribute(10, counters(4)) : []),
    ...(random(3) > 0 ? attribute(11, family()) : []),
    ...(random(2) === 0 ? attribute(13, [random(3)]) : []),
    ...(random(2) === 0 ? attribute(14, some(2)) : []),
    ...(random(2) === 0 ? attribute(15, some(2)) : []),
  ])
}

async function run(): Promise<void> {
  const own = groups[host.words()[4]!] ?? checks
  for (const [title, check] of Object.entries(own)) {
    try {
      await check()
      print(`ok ${title}`)
    } catch (error) {
      print(`not ok ${title}: ${error}`)
    }
  }
  host.exit(0)
}

export const ended = run()
