// Effects of the programs on a machine with ip_vs: their sockets, the files that they write, and the rights that they need.
// docs/security.md describes the same. (Tests only the standalone binary, because Node is slow under strace here.)
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Deeds, deedsOf, traced } from '../support/deeds.ts'
import { Guest } from '../support/guest.ts'
import { LAUNCHERS } from '../support/launchers.ts'
import { ROOT } from '../support/program.ts'

const RULES = `printf '%s\\n' '-A -t 192.0.2.1:80 -s rr' '-a -t 192.0.2.1:80 -r 198.51.100.1 -m'`

let guest: Guest

beforeAll(async () => {
  guest = await Guest.start()
})

afterAll(async () => {
  await guest?.stop()
})

async function run(argv: readonly string[]) {
  const env = { PATH: `${join(ROOT, LAUNCHERS.standalone)}:${process.env.PATH}` }
  const { status, stdout, stderr } = await guest.run(argv, { env, cwd: '/run' })
  return { status, stdout: `${stdout}`, stderr: `${stderr}` }
}

async function trace(line: string): Promise<Deeds> {
  const folder = (await run(['mktemp', '-d'])).stdout.trim()
  expect(await run([...traced(folder), line])).toMatchObject({ status: 0, stderr: '' })
  const { stdout } = await run(['sh', '-c', `for file in ${folder}/*; do cat $file; echo; done`])
  return deedsOf(stdout.split('\n\n'))
}

it('commands use only the kernel, and change no file', async () => {
  const lists = 'ipvsadm -Ln; ipvsadm -Ln --json; ipvsadm -Lnc; ipvsadm -Sn; ipvsadm -C'
  expect(await trace(`${RULES} | ipvsadm -R; ${lists}`)).toEqual({
    programs: [],
    sockets: ['AF_NETLINK, RAW'],
    peers: [],
    changes: [],
  })
})

it('a restore takes its lock, a save writes its file', async () => {
  expect(await trace(`${RULES} | ipvsadm apply -; ipvsadm-save -n -o saved; rm saved`)).toEqual({
    programs: ['["rm", "saved"]'],
    sockets: ['AF_NETLINK, RAW', 'AF_UNIX, STREAM'],
    peers: [expect.stringMatching(/^sun_path=@"ipvsadm-restore[.]+$/)],
    changes: [
      expect.stringMatching(/^open\("\.saved\.[a-z0-9]{6}", O_WRONLY\|O_CREAT\|O_EXCL\|.*, 0600\)$/),
      expect.stringMatching(/^rename\("\.saved\.[a-z0-9]{6}", "saved"\)$/),
      'unlinkat(AT_FDCWD, "saved", 0)',
    ],
  })
})

it('the standalone binary needs one capability, and does not pass it on', async () => {
  const script = `
    cp ${join(ROOT, LAUNCHERS.standalone, 'ipvsadm')} /run/ipvsadm && setcap cap_net_admin=ep /run/ipvsadm
    nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    nobody /run/ipvsadm -C && nobody /run/ipvsadm -A -f 1 && nobody /run/ipvsadm -Sn
    nobody /run/ipvsadm -e 'console.log("any code")'; echo $?`
  expect(await run(['sh', '-c', script])).toEqual({
    status: 0,
    stdout: '-A -f 1 -s wlc\n2\n',
    stderr: 'unexpected argument console.log("any code")\n',
  })
})
