// nsswitch.conf, hosts and resolv.conf, as the C library reads them.

import { describe, expect, it } from '@jest/globals'
import { parseHosts, parseNameServers, parseSources } from '../../../lib/system/names/nsswitch.ts'

describe('where names come from', () => {
  it.each([
    ['', ['files', 'dns']],
    ['passwd: files\n', ['files', 'dns']],
    ['hosts:          files dns\n', ['files', 'dns']],
    ['hosts: dns files', ['dns', 'files']],
    ['hosts: files', ['files']],
    ['# hosts: dns\n hosts : files # dns', ['files']],
    ['hosts: files resolve [!UNAVAIL=return] dns', ['files', 'dns']],
    ['hosts: files mdns4_minimal [NOTFOUND=return] dns', ['files', 'dns', 'system']],
    ['hosts: files myhostname', ['files', 'system']],
    ['hosts: sss', ['system']],
    ['hosts:', []],
  ])('%j', (text, sources) => {
    expect(parseSources(text)).toEqual(sources)
  })
})

describe('/etc/hosts', () => {
  it('has the first name of the first line with an address', () => {
    const names = parseHosts(`# comment
127.0.0.1\tlocalhost loopback
  192.0.2.1  one.example  # two.example
192.0.2.1 other.example
2001:DB8:0:0::1 six.example
::1 localhost
192.0.2.2
999.1.1.1 wrong.example
`)
    expect([...names]).toEqual([
      ['127.0.0.1', 'localhost'],
      ['192.0.2.1', 'one.example'],
      ['2001:db8::1', 'six.example'],
      ['::1', 'localhost'],
    ])
  })
})

describe('/etc/resolv.conf', () => {
  it.each([
    ['', ['127.0.0.1']],
    ['search example\n#nameserver 192.0.2.1\n', ['127.0.0.1']],
    ['nameserver 192.0.2.1\nnameserver\t2001:db8::53\n', ['192.0.2.1', '2001:db8::53']],
    ['nameserver 192.0.2.1 # first\nnameserver 2\nnameserver 3\nnameserver 4', ['192.0.2.1', '2', '3']],
  ])('%j', (text, servers) => {
    expect(parseNameServers(text)).toEqual(servers)
  })
})
