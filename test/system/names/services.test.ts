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

it('an empty file has none', () => {
  expect(parseServices('').name(80, 'tcp')).toBeUndefined()
})
