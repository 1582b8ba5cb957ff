// The reference's responses to command lines, recorded from runs. A line is split at blanks;
// words with blanks, and empty words, are in an array.

export type Words = string | readonly string[]

/** Names that the cases use; no others are known. */
export const HOSTS: Readonly<Record<string, string>> = { localhost: '127.0.0.1', 'name.example': '192.0.2.8' }
export const SERVICES: Readonly<Record<string, number>> = {
  'http/tcp': 80,
  'www/tcp': 80,
  'domain/tcp': 53,
  'domain/udp': 53,
  'syslog/udp': 514,
}

const TRY = "Try `ipvsadm -h' or 'ipvsadm --help' for more information."

/** Malformed: status 255. */
// biome-ignore format: a table
export const MALFORMED: readonly (readonly [Words, message: string])[] = [
  // any error in the first option, which must be a command
  ['-Q', TRY],
  ['--foo', TRY],
  ['foo', TRY],
  ['-', TRY],
  ['--', TRY],
  [[''], TRY],
  ['-- -L', TRY],
  ['-- --set 1 2 3', TRY],
  ['--lis', TRY],
  ['--list=5', TRY],
  ['--numeric', TRY],
  ['-n', TRY],
  ['-nL', TRY],
  ['-t 1.1.1.1:80', TRY],
  ['-t', TRY],
  ['--set=5 2 3', TRY],
  ['--start-daemon', TRY],
  ['--stop-daemon', TRY],
  ['garbage', TRY],
  // and after it
  ['-A -t', '-t: missing argument'],
  ['-A -t 1.1.1.1:102 -s', '-s: missing argument'],
  ['-A -t 10.0.0.1:80 -p -5', '-5: unknown option'],
  ['-A foo -Q', '-Q: unknown option'],
  ['-A -t 1.1.1.1:88 -Q foo', '-Q: unknown option'],
  ['-A -t 1.1.1.1:104 --foo -s', '--foo: unknown option'],
  ['-A -t 1.1.1.1:104 --foo=5', '--foo=5: unknown option'],
  ['-A -Q -t 300.1.1.1:80', '-Q: unknown option'],
  ['-A -t 1.1.1.16:80 -b bogus -Q', '-Q: unknown option'],
  ['-Lnz', '-Lnz: unknown option'],
  ['-Lzn', '-Lzn: unknown option'],
  ['-LzA', '-LzA: unknown option'],
  ['-L --exac', '--exac: unknown option'],
  ['-L --exact=1', '--exact=1: option does not take an argument'],
  ['-L --stats=', '--stats=: option does not take an argument'],
  ['-L --start-daemon', '--start-daemon: missing argument'],
  ['--set 1 1 1 --stop-daemon', '--stop-daemon: missing argument'],
  ['--set -1 5 0', '-1: unknown option'],
  ['--set 1 -Q', '-Q: unknown option'],
]
