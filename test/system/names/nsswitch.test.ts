// nsswitch.conf, hosts and resolv.conf, as the C library reads them.

import { describe, expect, it } from '@jest/globals'
import {
  parseHostAddresses,
  parseHostNames,
  parseResolverSettings,
  parseSources,
  searchList,
} from '../../../lib/system/names/nsswitch.ts'

describe('the sources of nsswitch.conf', () => {
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
  const HOSTS = `# comment
127.0.0.1\tlocalhost loopback
  192.0.2.1  one.example  # two.example
192.0.2.1 other.example
2001:DB8:0:0::1 six.example
::1 localhost
192.0.2.2
999.1.1.1 wrong.example
::ffff:192.0.2.7 Mapped.example
`

  it('gives the first name of the first line with an address', () => {
    expect([...parseHostNames(HOSTS)]).toEqual([
      ['127.0.0.1', 'localhost'],
      ['192.0.2.1', 'one.example'],
      ['2001:db8::1', 'six.example'],
      ['::1', 'localhost'],
      ['::ffff:192.0.2.7', 'Mapped.example'],
      ['192.0.2.7', 'Mapped.example'],
    ])
  })

  it('names an IPv4 address by a line with its IPv6 form that comes first', () => {
    const names = parseHostNames('::1 six\n127.0.0.1 four\n192.0.2.8 plain\n::ffff:192.0.2.8 mapped\n')
    expect(Object.fromEntries(names)).toEqual({
      '::1': 'six',
      '127.0.0.1': 'six',
      '192.0.2.8': 'plain',
      '::ffff:192.0.2.8': 'mapped',
    })
  })

  it('gives the IPv4 address of the first line with a name or an alias', () => {
    expect([...parseHostAddresses(HOSTS)]).toEqual([
      ['localhost', '127.0.0.1'],
      ['loopback', '127.0.0.1'],
      ['one.example', '192.0.2.1'],
      ['other.example', '192.0.2.1'],
      ['mapped.example', '192.0.2.7'],
    ])
    // As the C library, which takes the loopback address of either family for the other.
    expect([...parseHostAddresses('::1 ip6-localhost')]).toEqual([['ip6-localhost', '127.0.0.1']])
  })
})

describe('/etc/resolv.conf', () => {
  it.each([
    ['', ['127.0.0.1']],
    ['search example\n#nameserver 192.0.2.1\n', ['127.0.0.1']],
    ['nameserver 192.0.2.1\nnameserver\t2001:db8::53\n', ['192.0.2.1', '2001:db8::53']],
    ['nameserver 192.0.2.1 # first\nnameserver 2\nnameserver 3\nnameserver 4', ['192.0.2.1', '2', '3']],
  ])('%j', (text, servers) => {
    expect(parseResolverSettings(text, '').servers).toEqual(servers)
  })

  const settings = (text: string, hostname = 'box') => {
    const { search, ndots, timeout } = parseResolverSettings(text, hostname)
    return [search.join(' '), ndots, timeout]
  }

  it.each([
    ['', ['', 1, 5000]],
    ['search a.example b.example', ['a.example b.example', 1, 5000]],
    ['search a.example\ndomain b.example', ['b.example', 1, 5000]],
    ['options ndots:3 timeout:2 rotate', ['', 3, 2000]],
    ['options ndots:99\noptions timeout:0', ['', 15, 1000]],
    ['options timeout:99', ['', 1, 30000]],
  ])('%j', (text, expected) => {
    expect(settings(text)).toEqual(expected)
  })

  it('takes the domain of the host when there is none', () => {
    expect(settings('', 'box.example.net\n')).toEqual(['example.net', 1, 5000])
    expect(settings('search a.example', 'box.example.net\n')).toEqual(['a.example', 1, 5000])
  })
})

describe('the domains to ask for', () => {
  it.each([
    ['web', [], 1, ['web']],
    ['web', ['a.example', 'b.example.'], 1, ['web.a.example', 'web.b.example', 'web']],
    ['web.local', ['a.example'], 1, ['web.local', 'web.local.a.example']],
    ['web.local', ['a.example'], 2, ['web.local.a.example', 'web.local']],
    ['web.', ['a.example'], 1, ['web']],
    ['', ['a.example'], 1, []],
    ['.', [], 1, []],
    ['a..b', [], 1, []],
    ['wrŲ', ['a.example'], 1, []],
    ['x'.repeat(64), [], 1, []],
    ['x'.repeat(63), ['y.'.repeat(100)], 1, ['x'.repeat(63)]],
  ])('%s with %j, ndots %d', (host, search, ndots, domains) => {
    expect(searchList(host, search, ndots)).toEqual(domains)
  })
})
