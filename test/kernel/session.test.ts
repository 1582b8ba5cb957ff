// The built programs on a real kernel, without errors: a module that is loaded on demand, the session that
// every administrator types, and tables that belong to their network namespace.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest, type Namespace } from '../support/guest.ts'
import { install, installedPath } from '../support/install.ts'
import { LAUNCHER_NAMES, type Launcher, launcherOf } from '../support/launchers.ts'

let guest: Guest

beforeAll(async () => {
  guest = await Guest.start()
  await install(guest)
})

afterAll(async () => {
  await guest?.stop()
})

/** Types a line in a shell of the namespace; the output of both streams and the status. */
async function type(
  where: Namespace | Guest,
  line: string,
  launcher?: Launcher,
): Promise<{ output: string; status: number }> {
  const { stdout, status } = await where.run(['sh', '-c', `{ ${line}; } 2>&1`], {
    env: { PATH: installedPath(launcher) },
  })
  // The size of the table is the kernel's own choice.
  return { output: stdout.toString().replace(/\(size=\d+\)/, '(size=4096)'), status }
}

const done = (output = '') => ({ output, status: 0 })

const VERSION = 'IP Virtual Server version 1.2.1 (size=4096)\n'
const TITLES = `Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`
const TABLE = `${VERSION}${TITLES}TCP  192.0.2.1:80 rr
  -> 198.51.100.2:80              Masq    1      0          0         
  -> 198.51.100.3:8080            Masq    5      0          0         
`
const RULES = `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 1
-a -t 192.0.2.1:80 -r 198.51.100.3:8080 -m -w 5
`

// First, while no table of another namespace holds it.
describe.each(LAUNCHER_NAMES)('the kernel’s module (%s)', (launcher) => {
  const unload = 'ipvsadm -C; lsmod | sed -n "s/^\\(ip_vs_[a-z]*\\) .*/\\1/p" | xargs -r rmmod; rmmod ip_vs'
  it.each([
    [unload, done()],
    ['lsmod | grep -c "^ip_vs "', { output: '0\n', status: 1 }],
    ['ipvsadm -Ln', done(VERSION + TITLES)],
    ['lsmod | grep -c "^ip_vs "', done('1\n')],
    [
      `${unload}; ipvsadm -A -t 192.0.2.1:80 -s mh; ipvsadm -Sn; ipvsadm -C`,
      done('-A -t 192.0.2.1:80 -s mh\n'),
    ],
  ])('%s', async (line, expected) => {
    expect(await type(guest, line, launcher)).toEqual(expected)
  })
})

describe('the session', () => {
  let namespace: Namespace
  beforeAll(async () => {
    namespace = await guest.namespace()
  })

  const lines = [
    ['ipvsadm -A -t 192.0.2.1:80 -s rr', ''],
    ['ipvsadm -a -t 192.0.2.1:80 -r 198.51.100.2 -m', ''],
    ['ipvsadm -a -t 192.0.2.1:80 -r 198.51.100.3:8080 -m -w 5', ''],
    ['ipvsadm -L -n', TABLE],
    ['ipvsadm-save -n > /run/rules; cat /run/rules', RULES],
    ['ipvsadm -S -n | cmp - /run/rules', ''],
    ['ipvsadm -C', ''],
    ['ipvsadm -L -n', VERSION + TITLES],
    ['ipvsadm-save', ''],
    ['ipvsadm-restore < /run/rules', ''],
    ['ipvsadm -L -n', TABLE],
    ['ipvsadm-restore < /run/rules', ''],
    ['ipvsadm -Sn', RULES],
    ['ipvsadm -C; ipvsadm -R < /run/rules; ipvsadm -Ln', TABLE],
  ] as const
  const cases = lines.map(([line, output], i) => [line, launcherOf(i), output] as const)
  it.each(cases)('%s (%s)', async (line, launcher, output) => {
    expect(await type(namespace, line, launcher)).toEqual(done(output))
  })
})

describe('network namespaces', () => {
  it('have a table each', async () => {
    const [one, two] = [await guest.namespace(), await guest.namespace()]
    expect(await type(one, 'ipvsadm -A -f 1 -s rr; ipvsadm --set 1 2 3')).toEqual(done())
    expect(await type(two, 'ipvsadm -A -f 2 -s wlc')).toEqual(done())
    expect(await type(one, 'ipvsadm -Sn; ipvsadm -L --timeout', 'node')).toEqual(
      done('-A -f 1 -s rr\nTimeout (tcp tcpfin udp): 1 2 3\n'),
    )
    expect(await type(two, 'ipvsadm -Sn; ipvsadm -L --timeout')).toEqual(
      done('-A -f 2 -s wlc\nTimeout (tcp tcpfin udp): 900 120 300\n'),
    )
    expect(await type(one, 'ipvsadm -C')).toEqual(done())
    expect(await type(two, 'ipvsadm -Sn')).toEqual(done('-A -f 2 -s wlc\n'))
    await one.delete()
    await two.delete()
  })
})
