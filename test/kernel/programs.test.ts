// The built programs as processes where they reach the kernel: bad input, bad streams, no permission, no ip_vs. Each
// case has its message and its status, and leaves the table unchanged.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { LAUNCHER_NAMES, LAUNCHERS } from '../support/launchers.ts'
import type { Outcome } from '../support/program.ts'

/** The size of the table is the kernel's own choice. */
const anySize = (text: string) => text.replace(/\(size=\d+\)/, '(size=4096)')

const HEADER = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`
/** The table that every case finds, and leaves. */
const TABLE = `${HEADER}TCP  192.0.2.1:80 rr
`
const SURE = 'Are you sure that IP Virtual Server is built in the kernel or as module?\n'
const NO_MODULE = `Can't initialize ipvs: Protocol not available\n${SURE}`
const NO_PERMISSION = `Can't initialize ipvs: Permission denied (you must be root)\n${SURE}`
const FULL = 'ENOSPC: no space left on device, write\n'
const NOBODY = 'setpriv --reuid 65534 --clear-groups'
/** The message of modprobe, which comes first. */
const MODPROBE = /^modprobe: .*\n/

type Case = readonly [line: string, expected: Outcome]

const says = (status: number, stderr: string): Outcome => ({ status, stdout: '', stderr })
const shows = (stdout: string): Outcome => ({ status: 0, stdout, stderr: '' })

const WORDS: readonly Case[] = [
  ['ipvsadm -A --nonsense', says(255, '--nonsense: unknown option\n')],
  ['ipvsadm -Lnz', says(255, '-Lnz: unknown option\n')],
  ['ipvsadm -A -t 192.0.2.9:99999', says(2, 'illegal virtual server address[:port] specified\n')],
  ['ipvsadm -A -t no.such.host.invalid:80', says(2, 'illegal virtual server address[:port] specified\n')],
  ['ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.9 -w 2147483648', says(2, 'illegal weight specified\n')],
  ['ipvsadm -A -t 192.0.2.1:80', says(255, 'Service already exists\n')],
  ['ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.9', says(255, 'No such destination\n')],
]

const INPUT: readonly Case[] = [
  ['ipvsadm -R </dev/null', says(0, '')],
  ['ipvsadm -R <&-', says(0, '')],
  ['ipvsadm -R <comments', says(0, '')],
  ['ipvsadm -R <cut', says(255, 'line 2: -r: missing argument\n')],
  ['ipvsadm -R <megabyte', says(2, `line 1: unexpected argument ${'r'.repeat(4096)}\n`)],
  ['ipvsadm -R <nested', says(255, "line 2: Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n")],
]

const OUTPUT: readonly Case[] = [
  ['ipvsadm -Ln', shows(TABLE)],
  ['set -o pipefail; ipvsadm -Ln | head -n 1', shows(`${HEADER.split('\n')[0]}\n`)],
  // The pipe has no reader left when the first word is written.
  ['exec 3> >(true); wait $!; ipvsadm -Ln >&3; echo $? >&2', says(0, '141\n')],
  ['ipvsadm -Ln >&-', says(0, '')],
  ['ipvsadm -Ln 2>&-', shows(TABLE)],
  ['ipvsadm -Ln >/dev/full', says(255, FULL)],
  ['ipvsadm -Sn >/dev/full', says(255, FULL)],
  ['ipvsadm-save -n >/dev/full', says(255, FULL)],
  ['ipvsadm -A --nonsense 2>/dev/full', says(255, '')],
  ['NODE_PENDING_DEPRECATION=1 NODE_OPTIONS=--trace-warnings ipvsadm -Ln', shows(TABLE)],
  ['NO_COLOR=1 FORCE_COLOR=1 ipvsadm -Ln', shows(TABLE)],
]

const PERMISSION: readonly Case[] = [
  [`${NOBODY} ipvsadm -Ln`, says(2, NO_PERMISSION)],
  [`${NOBODY} ipvsadm -C`, says(2, NO_PERMISSION)],
  [`${NOBODY} ipvsadm-save`, says(2, NO_PERMISSION)],
  [`${NOBODY} ipvsadm-restore </dev/null`, says(2, NO_PERMISSION)],
  ['setpriv --bounding-set=-net_admin --inh-caps=-all ipvsadm -C', says(2, NO_PERMISSION)],
]

/** Ends it, by a signal, while it waits for the rest of its input: it has read more than the pipe holds. */
const interrupted = (signal: string) => `perl -e '
  pipe my $reader, my $writer;
  my $child = fork // die;
  if (!$child) { close $writer; open STDIN, "<&", $reader; exec @ARGV }
  close $reader;
  my $text = "#" x 1_000_000 . "\\n-A -t 192.0.2.7:80\\n";
  syswrite $writer, $text, 4096, $_ * 4096 for 0 .. length($text) / 4096;
  kill ${signal} => $child;
  waitpid $child, 0;
  exit 128 + $? if $? < 128; exit 99' ipvsadm -R`

const SIGNALS: readonly Case[] = [
  [interrupted('HUP'), says(129, '')],
  [interrupted('INT'), says(130, '')],
  [interrupted('TERM'), says(143, '')],
]

/** Cases without a module to load. */
const UNAVAILABLE: readonly Case[] = [
  ['ipvsadm', says(2, NO_MODULE)],
  ['ipvsadm -Ln', says(2, NO_MODULE)],
  ['ipvsadm -A --nonsense', says(2, NO_MODULE)],
  ['ipvsadm -R <rubbish', says(2, NO_MODULE)],
  ['ipvsadm-save -n', says(2, NO_MODULE)],
  ['ipvsadm-restore </dev/null', says(2, NO_MODULE)],
  [`${NOBODY} ipvsadm -Ln`, says(2, NO_PERMISSION)],
]

/** The same bytes in every run. */
function rubbish(length: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 16
  })
}

const FILES = {
  comments: '# nothing\n\n   # to do\n',
  cut: '-A -t 192.0.2.7:80 -s rr\n-a -t 192.0.2.7:80 -r',
  megabyte: `-A -t 192.0.2.9:80 -s ${'r'.repeat(2 ** 20)}\n`,
  nested: '-A -t 192.0.2.7:80\n-R\n',
  rubbish: rubbish(300_000),
}

/** The kernel's own listing of TABLE. */
const KERNEL_TABLE = /^(?:.*\n){3}TCP {2}C0000201:0050 rr {2}\n$/

describe.each(LAUNCHER_NAMES)('%s', (launcher) => {
  let guest: Guest

  /** Runs a line of bash in the guest's /run/files, where FILES are. */
  async function shell(line: string): Promise<Outcome> {
    // All users can read the programs in /opt, independently of the checkout's folder.
    const env = { PATH: `/opt/ipvsadm/${LAUNCHERS[launcher]}:${process.env.PATH}` }
    const { status, stdout, stderr } = await guest.run(['bash', '--norc', '-c', line], {
      env,
      cwd: '/run/files',
    })
    return { status, stdout: anySize(`${stdout}`), stderr: `${stderr}` }
  }

  async function table(): Promise<string> {
    return `${(await guest.run(['cat', '/proc/net/ip_vs'])).stdout}`
  }

  async function succeed(argv: readonly string[], stdin: string | Uint8Array = ''): Promise<void> {
    const { status, stderr } = await guest.run(argv, { stdin })
    expect({ argv, status, stderr: `${stderr}` }).toEqual({ argv, status: 0, stderr: '' })
  }

  beforeAll(async () => {
    guest = await Guest.start()
    await succeed(['mkdir', '-p', '/run/files', '/opt/ipvsadm'])
    // Only the one of the two large programs that runs here.
    const leftOut = launcher === 'node' ? 'standalone' : 'types'
    const copy = `tar c -C "$0" --exclude=${leftOut} bin dist | tar x -C /opt/ipvsadm && chmod -R a+rX /opt/ipvsadm /run/files`
    await succeed(['sh', '-c', copy, join(__dirname, '../..')])
    for (const [name, content] of Object.entries(FILES)) {
      await succeed(['dd', 'status=none', `of=/run/files/${name}`], content)
    }
    expect(await shell('ipvsadm -A -t 192.0.2.1:80 -s rr')).toEqual(says(0, ''))
  })

  afterAll(async () => {
    await guest.stop()
  })

  describe.each([
    ['words', WORDS],
    ['input', INPUT],
    ['output', OUTPUT],
    ['no permission', PERMISSION],
    ['signals', SIGNALS],
  ])('%s', (_, cases) => {
    it.each(cases)('%s', async (line, expected) => {
      expect(await shell(line)).toEqual(expected)
      expect(await table()).toMatch(KERNEL_TABLE)
    })
  })

  describe('binary rubbish', () => {
    it('is refused line by line, with nothing sent', async () => {
      const { status, stdout, stderr } = await shell('ipvsadm -R <rubbish')
      expect({ status, stdout }).toEqual({ status: 255, stdout: '' })
      expect(stderr).toMatch(/^line 1: /)
      expect(stderr).not.toMatch(/^ {4}at /m)
      expect(await table()).toMatch(KERNEL_TABLE)
    })
  })

  describe('without ip_vs in the kernel', () => {
    beforeAll(async () => {
      expect(await shell('ipvsadm -C')).toEqual(says(0, ''))
      await succeed(['rmmod', 'ip_vs_rr', 'ip_vs'])
      await succeed(['mount', '-t', 'tmpfs', 'tmpfs', '/lib/modules'])
    })

    it.each(UNAVAILABLE)('%s', async (line, expected) => {
      const { status, stdout, stderr } = await shell(line)
      expect({ status, stdout, stderr: stderr.replace(MODPROBE, '') }).toEqual(expected)
    })
  })
})
