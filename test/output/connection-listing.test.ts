// Recorded pairs of lines: the kernel's, and the output of the reference, ipvsadm 1.31. The first block is of
// real connections; the others are lists in place of the kernel's.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isTemplate, parseConnection } from '../../lib/ipvs/connection-list.ts'
import { addressFromBytes } from '../../lib/model/address.ts'
import { DecodeError } from '../../lib/model/errors.ts'
import { type ConnectionListingOptions, formatConnections } from '../../lib/output/connection-listing.ts'
import type { KnownNames } from '../../lib/output/endpoints.ts'

const HEADING = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n'
const TITLE =
  'IPVS connection entries\npro expire state       source             virtual            destination'

const REAL = pairs(`
TCP fd00:0000:0000:0000:0000:0000:0000:0000 0000 fd00:0000:0000:0000:0000:0000:0000:0001 0051 fd00:0000:0000:0000:0000:0000:0000:0002 1F90 ASSURED         296
TCP 04:56  ASSURED     [fd00::]:0         [fd00::1]:81       [fd00::2]:8080
TCP 0A090000 0000 0A090001 0000 0A090002 0000 NONE           7196
TCP 119:56 NONE        10.9.0.0:0         10.9.0.1:0         10.9.0.2:0
UDP 0A090003 2715 0A090001 0035 0A090002 14E9 UDP             296
UDP 04:56  UDP         10.9.0.3:10005     10.9.0.1:53        10.9.0.2:5353
SCTP 0A090003 271C 0A090001 0F1C 0A090002 0F1C ESTABLISHED     896
SCTP 14:56  ESTABLISHED 10.9.0.3:10012     10.9.0.1:3868      10.9.0.2:3868
TCP 0A090003 2711 0A090001 0050 0A090002 1F90 ESTABLISHED     896
TCP 14:56  ESTABLISHED 10.9.0.3:10001     10.9.0.1:80        10.9.0.2:8080
UDP 0A090003 0000 0A090001 13C4 0A090002 13C4 ASSURED          99 sip abc-123@10.9.0.3
UDP 01:39  ASSURED     10.9.0.3:0         10.9.0.1:5060      10.9.0.2:5060    sip                abc-123@10.9.0.3
TCP 0A090003 0000 0A090001 0051 0A090002 1F90 ASSURED         296
TCP 04:56  ASSURED     10.9.0.3:0         10.9.0.1:81        10.9.0.2:8080
UDP fd00:0000:0000:0000:0000:0000:0000:0003 0000 fd00:0000:0000:0000:0000:0000:0000:0001 13C4 fd00:0000:0000:0000:0000:0000:0000:0002 13C4 ASSURED          99 sip six@fd00
UDP 01:39  ASSURED     [fd00::3]:0        [fd00::1]:5060     [fd00::2]:5060   sip                six@fd00
TCP 0A090003 2714 0A090001 0050 0A090002 1F90 CLOSE             6
TCP 00:06  CLOSE       10.9.0.3:10004     10.9.0.1:80        10.9.0.2:8080
IP  0A090003 0000 00000005 0000 0A090002 0000 ASSURED          59
IP  00:59  ASSURED     10.9.0.3:0         0.0.0.5:0          10.9.0.2:0
IP  0A090003 0000 00000007 0000 0A090002 0000 ASSURED          59 sip mark@x
IP  00:59  ASSURED     10.9.0.3:0         0.0.0.7:0          10.9.0.2:0       sip                mark@x
IP  fd00:0000:0000:0000:0000:0000:0000:0003 0000 0000:0006:0000:0000:0000:0000:0000:0000 0000 fd00:0000:0000:0000:0000:0000:0000:0002 0000 ASSURED          59
IP  00:59  ASSURED     [fd00::3]:0        [0:6::]:0          [fd00::2]:0`)

const MADE = pairs(`
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 COOKIE-REPLIED     900
TCP 15:00  COOKIE-REPLIED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED       0
TCP 00:00  ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED    5999
TCP 99:59  ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED    6000
TCP 100:00 ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED   59999
TCP 999:59 ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED 2678400
TCP 44640:00 ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED     900 sip
TCP 15:00  ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080
TCP C0A80001 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED     900 sip data with blanks
TCP 15:00  ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        192.168.0.2:8080 sip                data
TCP FFFFFFFF FFFF FFFFFFFF FFFF FFFFFFFF FFFF NONE             50
TCP 00:50  NONE        255.255.255.255:65535 255.255.255.255:65535 255.255.255.255:65535
TCP 2001:0db8:1111:2222:3333:4444:5555:6666 D431 2001:0db8:1111:2222:3333:4444:5555:6666 0050 2001:0db8:1111:2222:3333:4444:5555:6666 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED [2001:db8:1111:2222:3333:4444:5555:6666]:54321 [2001:db8:1111:2222:3333:4444:5555:6666]:80 [2001:db8:1111:2222:3333:4444:5555:6666]:8080
TCP 0000:0000:0000:0000:0000:0000:0000:0001 D431 0000:0000:0000:0000:0000:ffff:0102:0304 0050 0000:0000:0000:0000:0000:0000:0102:0304 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED [::1]:54321        [::ffff:1.2.3.4]:80 [::1.2.3.4]:8080
TCP ff02:0000:0000:0000:0001:0000:0000:0000 D431 0001:0000:0002:0000:0003:0000:0004:0000 0050 2001:0db8:0000:0000:0001:0000:0000:0001 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED [ff02::1:0:0:0]:54321 [1:0:2:0:3:0:4:0]:80 [2001:db8::1:0:0:1]:8080
TCP 2001:0db8:0000:0000:0000:0000:0000:0001 D431 2001:0db8:1111:2222:3333:4444:5555:6666 0050 0A000005 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED [2001:db8::1]:54321 [2001:db8:1111:2222:3333:4444:5555:6666]:80 10.0.0.5:8080
IP  2001:0db8:0000:0000:0000:0000:0000:0001 0000 0000:0000:0000:0000:0000:0000:0100:0000 0000 2001:0db8:1111:2222:3333:4444:5555:6666 0000 NONE            900
IP  15:00  NONE        [2001:db8::1]:0    [::1.0.0.0]:0      [2001:db8:1111:2222:3333:4444:5555:6666]:0`)

// With this in /etc/hosts, and Debian's /etc/services with 5060/sctp added.
const HOSTS: Record<string, string> = {
  '127.0.0.1': 'localhost',
  '::1': 'localhost',
  '192.0.2.7': 'a-very-long-host-name-that-goes-on-and-on.example.com',
  '2001:db8::7': 'six.example.com',
  '2001:db8::8': 'six-very-long-host-name-that-goes-on-and-on.example.com',
  '2001:db8::9': 's',
  '0.0.0.1': 'mark1',
}
const SERVICES: Record<string, Record<string, string>> = {
  tcp: { 80: 'http', 443: 'https', 513: 'login', 514: 'shell', 5060: 'sip', 8080: 'http-alt' },
  udp: { 443: 'https', 513: 'who', 514: 'syslog', 5060: 'sip' },
  sctp: { 5060: 'sctponly' },
}
const NAMES: KnownNames = {
  host: (address) => HOSTS[address],
  service: (port, protocol) => SERVICES[protocol]?.[port],
}
const NAMED = pairs(`
TCP 7F000001 D431 7F000001 0050 7F000001 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED localhost:54321    localhost:http     localhost:http-alt
TCP C0000207 D431 C0000207 0050 C0000207 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED a-very-long-host-name-that-goes-on-and-on.example.com:54321 a-very-long-host-name-that-goes-on-and-on.example.com:http a-very-long-host-name-that-goes-on-and-on.example.com:http-
SCTP C0A80001 13C4 0A000001 13C4 C0A80002 13C4 ESTABLISHED     900
SCTP 15:00  ESTABLISHED 192.168.0.1:sctponly 10.0.0.1:sctponly  192.168.0.2:sctponly
UDP C0A80001 0202 0A000001 0201 C0A80002 01BB ESTABLISHED     900
UDP 15:00  ESTABLISHED 192.168.0.1:syslog 10.0.0.1:who       192.168.0.2:https
IP  C0A80001 0000 00000001 0000 C0A80002 0000 NONE             50
IP  00:50  NONE        192.168.0.1:0      mark1:0            192.168.0.2:0
TCP 0000:0000:0000:0000:0000:0000:0000:0001 D431 0000:0000:0000:0000:0000:0000:0000:0001 0050 0000:0000:0000:0000:0000:0000:0000:0001 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED [localhost]:54321  [localhost]:http   [localhost]:http-alt
TCP 2001:0db8:0000:0000:0000:0000:0000:0007 D431 2001:0db8:0000:0000:0000:0000:0000:0008 0050 2001:0db8:0000:0000:0000:0000:0000:0009 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED [six.example.com]:54321 [six-very-long-host-name-that-goes-on-and-on.example.com]:h [s]:http-alt
TCP 0000:0000:0000:0000:0000:ffff:7f00:0001 D431 0000:0000:0000:0000:0000:0000:7f00:0001 0050 ff02:0000:0000:0000:0000:0000:0000:0001 1F90 ESTABLISHED     900
TCP 15:00  ESTABLISHED [::ffff:127.0.0.1]:54321 [::127.0.0.1]:http [ff02::1]:http-alt
TCP 0000:0000:0000:0000:0000:ffff:c000:0207 D431 0000:0000:0000:0000:0000:0000:0000:0001 0050 0000:0000:0000:0000:0000:0000:0000:0001 1F90 ESTABLISHED     900 sip xyz
TCP 15:00  ESTABLISHED [::ffff:192.0.2.7]:54321 [localhost]:http   [localhost]:http-alt sip                xyz
TCP C0000207 D431 0A000001 0050 C0A80002 1F90 ESTABLISHED     900 sip xyz
TCP 15:00  ESTABLISHED a-very-long-host-name-that-goes-on-and-on.example.com:54321 10.0.0.1:http      192.168.0.2:http-alt sip                xyz`)

describe('formatConnections', () => {
  it.each([
    { list: 'real connections', rows: REAL, names: undefined },
    { list: 'made lines', rows: MADE, names: undefined },
    { list: 'names', rows: NAMED, names: NAMES },
  ])('prints like the reference: $list', ({ rows, names }) => {
    const text = HEADING + rows.map(([line]) => `${line}\n`).join('')
    const expected = rows.map(([, row]) => `${row}\n`).join('')
    expect(format([text], { persistentConn: true, names })).toBe(
      `${TITLE}        pe name          pe_data\n${expected}`,
    )
  })

  it('omits the engine by default', () => {
    const list = `${HEADING}UDP 0A090003 0000 0A090001 13C4 0A090002 13C4 ASSURED          99 sip abc-123@10.9.0.3\n`
    const row = 'UDP 01:39  ASSURED     10.9.0.3:0         10.9.0.1:5060      10.9.0.2:5060'
    expect(format([list], { persistentConn: false })).toBe(`${TITLE}\n${row}\n`)
  })

  it('prints a line of more than 255 bytes whole, where the reference breaks it', () => {
    const list = `${HEADING}UDP 0A090003 0000 0A090001 13C4 0A090002 13C4 ASSURED          99 sip ${'L'.repeat(255)}\n`
    expect(format([list], { persistentConn: true })).toMatch(/\nUDP 01:39 .* sip {16}L{255}\n$/)
  })

  it('removes control characters from the data of an engine', () => {
    const list = `${HEADING}UDP 0A090003 0000 0A090001 13C4 0A090002 13C4 ASSURED 99 sip a\u001b[31m\u009bb\u007f\u0000é\n`
    const text = format([Buffer.from(list)], { persistentConn: true })
    expect(text.slice(text.indexOf(' sip'))).toBe(' sip                a[31mbé\n')
  })

  it('has only the title for an empty table', () => {
    expect(format([HEADING], { persistentConn: false })).toBe(`${TITLE}\n`)
    expect(format([HEADING.trimEnd()], { persistentConn: false })).toBe(`${TITLE}\n`)
  })

  it('accepts chunks that are cut anywhere, and a last line without a line end', () => {
    const text = HEADING + [...REAL, ...MADE].map(([line]) => `${line}\n`).join('')
    const whole = format([text], { persistentConn: true })
    for (const size of [1, 2, 3, 7, 64, 500]) {
      const memory = Buffer.alloc(size)
      expect(format(read(Buffer.from(text.trimEnd()), memory), { persistentConn: true })).toBe(whole)
    }
  })

  it('closes its source when its reader stops', () => {
    let closed = false
    function* chunks() {
      try {
        for (;;) yield HEADING + `${REAL[0]![0]}\n`.repeat(2000)
      } finally {
        closed = true
      }
    }
    for (const _piece of formatConnections(chunks(), { persistentConn: false })) break
    expect(closed).toBe(true)
  })

  it('yields chunks of bounded size while it reads', () => {
    const line = `${REAL[0]![0]}\n`
    let given = 0
    function* chunks() {
      yield HEADING
      for (; given < 10000; given++) yield line
    }
    const sizes: number[] = []
    for (const piece of formatConnections(chunks(), { persistentConn: false })) {
      if (sizes.length === 0) expect(given).toBeLessThan(1000)
      sizes.push(piece.length)
    }
    expect(Math.max(...sizes)).toBeLessThan(70000)
    expect(sizes.length).toBeGreaterThan(10)
  })

  it.each([
    ['an empty line', ''],
    ['blanks', '   '],
    ['too few fields', 'TCP 0A090003 2711 0A090001 0050 0A090002 1F90 ESTABLISHED'],
    ['an address that is not hexadecimal', 'TCP 10.9.0.3 2711 0A090001 0050 0A090002 1F90 NONE 5'],
    ['a short IPv6 address', 'TCP ::1 2711 2001:db8::1:2 0050 0A090002 1F90 NONE 5'],
    ['a stranger in an address', `TCP ${'fd00:'.repeat(7)}000g 2711 0A090001 0050 0A090002 1F90 NONE 5`],
    ['a blank in an address', `TCP fd00:0 00${':fd00'.repeat(6)} 2711 0A090001 0050 0A090002 1F90 NONE 5`],
    ['a port that is not a number', 'TCP 0A090003 27x1 0A090001 0050 0A090002 1F90 NONE 5'],
    ['a port that is too large', 'TCP 0A090003 12711 0A090001 0050 0A090002 1F90 NONE 5'],
    ['a negative time', 'TCP 0A090003 2711 0A090001 0050 0A090002 1F90 NONE -5'],
    ['a line cut short', 'TCP 0A090003 2711 0A0900'],
    ['rubbish', '\u0000\u00ff\ufffd rubbish'],
  ])('gives what came before, then an error: %s', (_what, line) => {
    const pieces: string[] = []
    const list = `${HEADING}${REAL[2]![0]}\n${line}\n${REAL[2]![0]}\n`
    expect(() => {
      for (const piece of formatConnections([list], { persistentConn: false })) pieces.push(piece)
    }).toThrow(DecodeError)
    expect(pieces.join('')).toBe(`${TITLE}\n${REAL[2]![1]}\n`)
  })

  it('prints nothing without a list', () => {
    expect(() => formatConnections([], { persistentConn: false }).next()).toThrow(/ip_vs_conn: it is empty/)
    expect(() => formatConnections([''], { persistentConn: false }).next()).toThrow(DecodeError)
  })

  it('refuses an endless line instead of buffering it', () => {
    function* endless() {
      for (;;) yield 'x'.repeat(4096)
    }
    expect(() => format(endless(), { persistentConn: false })).toThrow(/an unterminated line/)
  })

  it('writes addresses as the rest of the program does', () => {
    const byte = fc.oneof(fc.constant(0), fc.constant(0), fc.constant(255), fc.integer({ min: 0, max: 255 }))
    const bytes = fc.array(byte, { minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 65535 }), (six, port) => {
        const hex = Buffer.from(six).toString('hex')
        const client = hex.match(/..../g)?.join(':')
        const virtual = hex.slice(0, 8).toUpperCase()
        const line = `TCP ${client} ${port.toString(16)} ${virtual} 0 ${virtual} 0 NONE 5`
        const inet6 = addressFromBytes(Uint8Array.from(six), 'inet6')
        const inet = addressFromBytes(Uint8Array.from(six), 'inet')
        const row = format([`${HEADING}${line}\n`], { persistentConn: false })
        expect(row.trim().split(/\s+/).slice(-3)).toEqual([`[${inet6}]:${port}`, `${inet}:0`, `${inet}:0`])
        expect(parseConnection(line).client).toEqual({ address: inet6, port })
      }),
    )
  })
})

describe('parseConnection', () => {
  it('reads a connection', () => {
    const line = 'TCP 0A090003 2711 0A090001 0050 0A090002 1F90 ESTABLISHED     896'
    const connection = parseConnection(line)
    expect(connection).toEqual({
      protocol: 'tcp',
      client: { address: '10.9.0.3', port: 10001 },
      virtual: { address: '10.9.0.1', port: 80 },
      destination: { address: '10.9.0.2', port: 8080 },
      state: 'ESTABLISHED',
      expires: 896,
    })
    expect(isTemplate(connection)).toBe(false)
  })

  it('reads the template of a fwmark service with its engine', () => {
    const line = 'IP  0A090003 0000 EE6B2800 0000 0A090002 0000 ASSURED          59 sip mark@x'
    const connection = parseConnection(line)
    expect(connection).toEqual({
      ...{ protocol: 'ip', state: 'ASSURED', expires: 59 },
      client: { address: '10.9.0.3', port: 0 },
      virtual: { fwmark: 4000000000 },
      destination: { address: '10.9.0.2', port: 0 },
      engine: { name: 'sip', data: 'mark@x' },
    })
    expect(isTemplate(connection)).toBe(true)
  })

  it('finds the mark in the first four bytes of an IPv6 address', () => {
    const [line] = REAL.find(([line]) => line.includes(' 0000:0006:'))!
    expect(parseConnection(line).virtual).toEqual({ fwmark: 6 })
  })

  it('refuses a malformed line', () => {
    expect(() => parseConnection('TCP 0A090003')).toThrow(
      'malformed reply from the kernel: /proc/net/ip_vs_conn: not understood: "TCP 0A090003"',
    )
  })
})

/** Lines by twos: the kernel's, the reference's. */
function pairs(text: string): (readonly [line: string, row: string])[] {
  const lines = text.trim().split('\n')
  return Array.from({ length: lines.length / 2 }, (_, i) => [lines[2 * i]!, lines[2 * i + 1]!] as const)
}

function format(chunks: Iterable<Uint8Array | string>, options: ConnectionListingOptions): string {
  return [...formatConnections(chunks, options)].join('')
}

/** The file `content`, read again and again into the same `memory`. */
function* read(content: Buffer, memory: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += memory.length) {
    yield memory.subarray(0, content.copy(memory, 0, at, at + memory.length))
  }
}
