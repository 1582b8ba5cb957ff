// `--netns` and `ipvsadm namespaces` in a real kernel, by both launchers: a named namespace, one of Docker's, one that only
// a process has, one without a table, and one that is gone.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { lockName } from '../../lib/system/lock-name.ts'
import { Guest } from '../support/guest.ts'
import { LAUNCHERS, type Launcher } from '../support/launchers.ts'
import { ROOT } from '../support/program.ts'

/** The lock of restores, without the NUL before its name. */
const LOCK = lockName('ipvsadm-restore').slice(1)

/** Prints the id of a process that is in a namespace of its own, once it is `sleep`. */
const NAMELESS = `read id < <(setsid unshare -n sh -c 'echo $$; exec sleep infinity >/dev/null' </dev/null)
  until grep -qx sleep /proc/$id/comm; do :; done; echo $id`

let guest: Guest
let nameless: string

beforeAll(async () => {
  guest = await Guest.start()
  await sh(`
    ip netns add blue; ip netns add empty; ip netns add docker
    mkdir -p /run/docker/netns; touch /run/docker/netns/ingress_sbox
    mount --bind /run/netns/docker /run/docker/netns/ingress_sbox
    umount /run/netns/docker; rm /run/netns/docker`)
  nameless = (await sh(NAMELESS)).stdout.trim()
  expect(nameless).toMatch(/^\d+$/)
})

afterAll(async () => {
  await guest?.stop()
})

async function sh(line: string, launcher: Launcher = 'standalone') {
  const env = { PATH: `${join(ROOT, LAUNCHERS[launcher])}:${process.env.PATH}` }
  const { status, stdout, stderr } = await guest.run(['bash', '-c', line], { env, cwd: '/run' })
  return { status, stdout: `${stdout}`, stderr: `${stderr}` }
}

const done = (stdout = '') => ({ status: 0, stdout, stderr: '' })

describe.each(['standalone', 'node'] as const)('%s', (launcher) => {
  const ipvsadm = (line: string) => sh(`ipvsadm${line}`, launcher)

  it('works in the namespace that is chosen, and in no other', async () => {
    expect(await ipvsadm(' -A -t 192.0.2.1:80 -s rr --netns blue')).toEqual(done())
    expect(await ipvsadm(' -A -f 7 -s rr --netns=/run/docker/netns/ingress_sbox')).toEqual(done())
    expect(await sh(`echo '-A -u 192.0.2.3:53 -s wlc' | ipvsadm -R --netns ${nameless}`, launcher)).toEqual(
      done(),
    )
    expect(await ipvsadm(' -Sn')).toEqual(done())
    expect(await ipvsadm('-save -n --netns blue')).toEqual(done('-A -t 192.0.2.1:80 -s rr\n'))
    expect(await ipvsadm(' -Sn --netns ingress_sbox')).toEqual(done('-A -f 7 -s rr\n'))
    expect(await sh(`nsenter -t ${nameless} -n ipvsadm -Sn`, launcher)).toEqual(
      done('-A -u 192.0.2.3:53 -s wlc\n'),
    )
  })

  it('lists those that have a table', async () => {
    const { stdout, ...rest } = await ipvsadm(' namespaces --json')
    expect(rest).toEqual({ status: 0, stderr: '' })
    const { namespaces } = JSON.parse(stdout)
    const one = { own: false, services: 1, servers: 0, connections: 0 }
    expect(namespaces).toEqual([
      expect.objectContaining({ ...one, netns: 'blue', files: ['/run/netns/blue'], processes: 0 }),
      expect.objectContaining({ ...one, netns: 'ingress_sbox', files: ['/run/docker/netns/ingress_sbox'] }),
      expect.objectContaining({ ...one, netns: nameless, process: Number(nameless), command: 'sleep' }),
    ])
    const { stdout: tables } = await ipvsadm(' -Ln --netns all')
    expect(tables.match(/^(Network|TCP|UDP|FWM).*/gm)).toEqual([
      'Network namespace blue',
      'TCP  192.0.2.1:80 rr',
      'Network namespace ingress_sbox',
      'FWM  7 rr',
      `Network namespace ${nameless}`,
      'UDP  192.0.2.3:53 wlc',
    ])
  })

  it('takes the lock of the namespace that is chosen', async () => {
    // The holder of the lock waits for the end of its input, with the lock of `blue` alone.
    const hold = `nsenter --net=/run/netns/blue perl -e '
      use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, pack("S", AF_UNIX) . "\\0${LOCK}") or die;
      listen(S, 8); print "held\\n"; close(STDOUT); sleep' </dev/null`
    const line = `exec 3< <(${hold}); read -u 3 held; ipvsadm apply --wait 0 --netns blue - </dev/null; echo $?
      ipvsadm apply --wait 0 --netns empty - </dev/null; echo $?; kill $!`
    const { stdout, stderr } = await sh(line, launcher)
    expect([stdout, stderr]).toEqual(['4\n0\n', expect.stringMatching(/^another restore is running/)])
  })

  it.each([
    ['red', "there is no network namespace `red'; see `ipvsadm namespaces'\n"],
    ['/etc/passwd', '/etc/passwd is not a network namespace\n'],
    ['4194305', "there is no network namespace and no process `4194305'; see `ipvsadm namespaces'\n"],
  ])('refuses %s in one line', async (word, stderr) => {
    expect(await ipvsadm(` -C --netns ${word}`)).toEqual({ status: 255, stdout: '', stderr })
  })

  it('refuses in one line what may not be entered, and does nothing', async () => {
    const user = 'setpriv --reuid 65534 --clear-groups --inh-caps=-all'
    expect(await sh(`${user} ipvsadm -C --netns blue`, launcher)).toEqual({
      status: 255,
      stdout: '',
      stderr: "cannot enter the network namespace `blue': Permission denied (you must be root)\n",
    })
    expect(await ipvsadm(' -Sn --netns blue')).toEqual(done('-A -t 192.0.2.1:80 -s rr\n'))
  })

  it('leaves out a namespace that is gone', async () => {
    await sh('ip netns add gone; ip netns exec gone ipvsadm -A -f 9; ip netns del gone')
    const { status, stdout } = await ipvsadm(' namespaces')
    expect([status, stdout]).toEqual([0, expect.not.stringContaining('gone')])
  })

  it('has the status of the command, and ends by the signals that come', async () => {
    expect(await ipvsadm(' -D -t 192.0.2.99:80 --netns blue')).toEqual({
      status: 255,
      stdout: '',
      stderr: 'No such service\n',
    })
    // It waits for its input in the namespace when the signal comes, and leaves no process there.
    const line = `mkfifo fifo; ipvsadm -R --netns blue <fifo & exec 3>fifo
      until ip netns pids blue | grep -q .; do :; done
      kill -TERM $!; wait $!; echo $?; rm fifo
      while ip netns pids blue | grep -q .; do :; done`
    expect((await sh(line, launcher)).stdout).toBe('143\n')
  })

  it('empties the tables', async () => {
    for (const word of ['blue', 'ingress_sbox', nameless]) {
      expect(await ipvsadm(` -C --netns ${word}`)).toEqual(done())
    }
    expect(await ipvsadm(' namespaces')).toEqual(done('no network namespace here has an IPVS table\n'))
  })
})
