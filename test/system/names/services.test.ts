// /etc/services: names of ports, and ports of names.

import { describe, expect, it } from '@jest/globals'
import { parseServices } from '../../../lib/system/names/services.ts'

const SERVICES = parseServices(`# Network services, Internet style
#
tcpmux\t\t1/tcp\t\t\t\t# TCP port service multiplexer
http\t\t80/tcp\t\twww\t\t# WorldWideWeb HTTP
http\t\t80/udp
alternate   80/tcp   second
domain\t\t53/tcp
domain\t\t53/udp
   indented 54/tcp # alias in-comment
kerberos\t88/tcp\t\tkerberos5 krb5 kerberos-sec
web\t\t8080/tcp\thttp
broken
broken 12
broken x/tcp
#commented 99/tcp
sctp-thing 5/sctp
last 7/udp`)

describe('a name of a port', () => {
  it.each([
    [80, 'tcp', 'http'],
    [80, 'udp', 'http'],
    [53, 'udp', 'domain'],
    [54, 'tcp', 'indented'],
    [88, 'tcp', 'kerberos'],
    [5, 'sctp', 'sctp-thing'],
    [7, 'udp', 'last'],
    [1, 'tcp', 'tcpmux'],
    [1, 'udp', undefined],
    [99, 'tcp', undefined],
    [12, 'tcp', undefined],
    [0, 'tcp', undefined],
  ])('%d/%s', (port, protocol, name) => {
    expect(SERVICES.name(port, protocol)).toBe(name)
  })
})

describe('a port of a name', () => {
  it.each([
    ['http', 'tcp', 80],
    ['www', 'tcp', 80],
    ['www', 'udp', undefined],
    ['second', 'tcp', 80],
    ['krb5', 'tcp', 88],
    ['kerberos-sec', 'tcp', 88],
    ['HTTP', 'tcp', undefined],
    ['in-comment', 'tcp', undefined],
    ['alias', 'tcp', undefined],
    ['broken', 'tcp', undefined],
    ['', 'tcp', undefined],
    ['__proto__', 'tcp', undefined],
  ])('%s/%s', (name, protocol, port) => {
    expect(SERVICES.port(name, protocol)).toBe(port)
  })
})

describe('a port is read as the C library reads it', () => {
  it.each([
    ['0100/tcp', 64],
    ['0x50/tcp', 80],
    ['0XfF/tcp', 255],
    ['+7/tcp', 7],
    ['80//tcp', 80],
    ['70000/tcp', 4464],
    ['4294967295/tcp', 65535],
    ['0/tcp', 0],
    ['4294967296/tcp', undefined],
    ['-5/tcp', undefined],
    ['08/tcp', undefined],
    ['0x/tcp', undefined],
    ['80x/tcp', undefined],
    ['80,tcp', undefined],
    ['/tcp', undefined],
    ['80/', undefined],
    ['80/tcp/udp', undefined],
  ])('%s', (text, port) => {
    const services = parseServices(`some ${text}\n`)
    expect(services.port('some', 'tcp')).toBe(port)
    if (port !== undefined) expect(services.name(port, 'tcp')).toBe('some')
  })
})

it('an empty file has none', () => {
  expect(parseServices('').name(80, 'tcp')).toBeUndefined()
})
