// Generated command lines: options and values in any order, most of them wrong.
import fc from 'fast-check'

const word = fc.oneof(
  fc.constantFrom(
    '-A',
    '-a',
    '-E',
    '-D',
    '-C',
    '-L',
    '-S',
    '-Z',
    '--set',
    '-t',
    '-u',
    '-f',
    '-r',
    '-s',
    '-p',
  ),
  fc.constantFrom(
    '-6',
    '-m',
    '-i',
    '-w',
    '-n',
    '-c',
    '-b',
    '--stats',
    '--tun-type',
    'gue',
    '--tun-port',
    '--',
  ),
  fc.constantFrom('192.0.2.1:80', '[2001:db8::1]:80', '198.51.100.1', '7', '0', '-1', 'rr', '4294967296', ''),
  // With a leading blank it is not looked up as a host name.
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => ` ${text}`),
)

export const anyWords = fc.array(word, { maxLength: 9 })
