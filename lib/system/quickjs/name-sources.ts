// The sources of names: UDP sockets of the host, and getent for sources that only the C library can use.
import { close, interfaceIndex, random, read, udpSocket, write } from 'host'
import { addressToBytes, parseAddress, parseStrictIPv4 } from '../../model/address.ts'
import type { DatagramEvents, DatagramSocket, LibraryResolver, NameSources } from '../names/sources.ts'
import { EAGAIN } from './calls.ts'
import { watch } from './event-loop.ts'
import { programOutput } from './programs.ts'

/** The maximum size of a DNS datagram without extensions: 512 bytes (RFC 1035). */
const DATAGRAM = 4096

/** getent(1), a program of the C library, which prints entries from all sources of nsswitch.conf. */
const GETENT = '/usr/bin/getent'

export function hostNameSources(readFile: NameSources['readFile']): NameSources {
  return { readFile, connect, randomId, library }
}

function randomId(): number {
  const bytes = new Uint8Array(2)
  random(bytes)
  return (bytes[0]! << 8) | bytes[1]!
}

function connect(address: string, port: number, { receive, fail }: DatagramEvents): DatagramSocket {
  const ready = Promise.resolve()
  const [host, zone = '0'] = address.split('%', 2)
  const scope = /^\d+$/.test(zone) ? Number(zone) : interfaceIndex(zone)
  const socket = scope < 0 ? scope : udpSocket(addressToBytes(parseAddress(host!)!), port, scope)
  if (socket < 0) {
    fail()
    return { ready, send() {}, close() {} }
  }
  const block = new Uint8Array(DATAGRAM)
  const unwatch = watch(socket, () => {
    const count = read(socket, block)
    if (count >= 0) receive(block.slice(0, count))
    else if (count !== EAGAIN) fail()
  })
  return {
    ready,
    send(message) {
      const result = write(socket, message)
      if (result < 0 && result !== EAGAIN) fail()
    },
    close() {
      unwatch()
      close(socket)
    },
  }
}

const library: LibraryResolver = {
  prepare() {},
  async address(name) {
    // ADDRESS STREAM NAME
    const text = await getent('ahostsv4', name)
    return parseStrictIPv4(text.split(/\s/, 1)[0]!) ?? null
  },
  async name(address) {
    // ADDRESS NAME ALIAS...
    const text = await getent('hosts', address)
    return text.split('\n', 1)[0]!.split(/\s+/)[1]
  },
}

/** The number of programs that run at a time: each has a process and some descriptors. */
const AT_A_TIME = 32
let running = 0
/** Look-ups that wait for the end of others. All are wanted alike. */
const waiting: (() => void)[] = []

async function getent(database: string, key: string): Promise<string> {
  if (key.startsWith('-')) return ''
  if (running === AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  const text = await programOutput(GETENT, [database, key])
  const next = waiting.pop()
  if (next === undefined) running--
  else next()
  return text ?? ''
}
