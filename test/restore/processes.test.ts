// Restores as processes of the built program: killed and interrupted between any two datagrams, several at once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { lockName } from '../../lib/system/lock-name.ts'
import type { Guest, Namespace } from '../support/guest.ts'
import { install, installed, installedPath } from '../support/install.ts'
import { LAUNCHER_NAMES, type Launcher, launcherOf } from '../support/launchers.ts'
import { REFERENCE, startGuest } from './guest/index.ts'

const LONG = process.env.IPVSADM_LONG !== undefined

let guest: Guest
let namespace: Namespace

beforeAll(async () => {
  guest = await startGuest()
  namespace = await guest.namespace()
  await install(guest)
})
afterAll(async () => {
  await guest?.stop()
})

/** The lock of restores. */
const LOCK = lockName('ipvsadm-restore')

/** Runs a script of bash in the namespace; its words are $1, $2 … `said` is its expected stderr. */
async function script(launcher: Launcher, text: string, words: readonly string[], said = /^$/) {
  const argv = ['/bin/bash', '-c', text, 'bash', ...words]
  const env = {
    PATH: installedPath(launcher),
    RESTORE: `${installed(launcher)}/ipvsadm-restore`,
    PREPARE: `${installed('standalone')}/ipvsadm-restore`,
    STRACE: `strace -o /tmp/trace -e trace=${SENDS}`,
  }
  const { status, stdout, stderr } = await namespace.run(argv, { env })
  expect({ status, stderr: `${stderr}` }).toEqual({ status: 0, stderr: expect.stringMatching(said) })
  return { stdout: `${stdout}`, stderr: `${stderr}` }
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '')

/** System calls by which a program may send a datagram. */
const SENDS = 'write,sendto,sendmsg'

/** Services and servers without their configuration. */
const ids = (rules: readonly string[]) =>
  new Set(rules.map((rule) => /^-\w (\S+ \S+(?: -r \S+)?)/.exec(rule)![1]!))

/** Two large tables that share a part, of which most is configured differently. */
function table(n: 0 | 1): string[] {
  const services = Array.from({ length: 150 }, (_, i) => 1000 + i + n * 50)
  return services.flatMap((port) => [
    `-A -t 192.0.2.1:${port} -s ${n === 0 ? 'rr' : 'wlc'}`,
    ...Array.from(
      { length: 10 },
      (_, j) => `-a -t 192.0.2.1:${port} -r 198.51.100.${1 + j + n * 3}:80 -m -w ${n + 1 + j}`,
    ),
  ])
}

describe('killed', () => {
  it('before any datagram of changes: entries of both tables are always present, and running it again completes', async () => {
    const tables = [table(0), table(1)] as const
    const files = await Promise.all(tables.map(write))
    const shared = [...ids(tables[0])].filter((id) => ids(tables[1]).has(id))
    expect(shared.length).toBeGreaterThan(700)
    const momentsOf = async (launcher: Launcher) =>
      [await changes(launcher, files[0]!, files[1]!), await changes(launcher, files[1]!, files[0]!)] as const
    const moments = { node: await momentsOf('node'), standalone: await momentsOf('standalone') }
    const kills = moments.standalone[0].flatMap((_, i) => {
      const each = LONG ? LAUNCHER_NAMES : [launcherOf(i)]
      return each.flatMap((launcher) =>
        (LONG ? ([0, 1] as const) : [(i >> 2) & 1]).map(
          (from) => [launcher, from, moments[launcher][from]![i]!] as const,
        ),
      )
    })
    let halfway = 0
    for (const [launcher, from, moment] of kills) {
      const [before, after] = [tables[from]!, tables[1 - from]!]
      const { stdout } = await script(
        launcher,
        // The table when the process is dead, then that of another run.
        `{ $PREPARE <$1; $STRACE -e inject=${SENDS}:signal=KILL:when=$3 $RESTORE <$2; } 2>/dev/null; ${REFERENCE} -Sn; echo ==; $RESTORE <$2; ${REFERENCE} -Sn`,
        [files[from]!, files[1 - from]!, `${moment}`],
      )
      const [killed, finished] = stdout.split('==\n').map(lines) as [string[], string[]]
      const there = ids(killed)
      expect(shared.filter((id) => !there.has(id))).toEqual([])
      expect([...finished].sort()).toEqual([...after].sort())
      const text = [...killed].sort().join('\n')
      if (![before, after].some((whole) => [...whole].sort().join('\n') === text)) halfway++
    }
    process.stderr.write(`of ${kills.length} killed restores, ${halfway} were half way\n`)
    expect(halfway).toBeGreaterThan(kills.length / 2)
  })
})

/**
 * The datagrams of changes that a restore sends, each by its number among the system calls that send or write: that is
 * where strace can deliver a signal. They are large; those that read the table are not.
 */
async function changes(launcher: Launcher, from: string, to: string): Promise<number[]> {
  const key = `${launcher} ${from} ${to}`
  const known = MOMENTS.get(key)
  if (known !== undefined) return known
  const { stdout } = await script(launcher, '$PREPARE <$1 && $STRACE $RESTORE <$2; cat /tmp/trace', [
    from,
    to,
  ])
  const calls = lines(stdout)
  const numbers = calls.flatMap((call, i) => (/ = \d{4,}$/.test(call) ? [i + 1] : []))
  expect(numbers.length).toBeGreaterThan(8)
  MOMENTS.set(key, numbers)
  return numbers
}

/** By the two files, whose contents are the same in all tests that ask. */
const MOMENTS = new Map<string, number[]>()

/** Puts rules into a file of the guest. */
async function write(rules: readonly string[], n: number): Promise<string> {
  const path = `/tmp/rules${n}`
  const { status } = await namespace.run(['/bin/sh', '-c', `cat >${path}`], {
    stdin: `${rules.join('\n')}\n`,
  })
  expect(status).toBe(0)
  return path
}

describe('interrupted', () => {
  /** The status and the table after a signal at one of the datagrams of changes. */
  async function interrupted(
    launcher: Launcher,
    signal: string,
    choose: (moments: readonly number[]) => number,
    said: RegExp,
  ) {
    const files = await Promise.all([table(0), table(1)].map(write))
    const moment = choose(await changes(launcher, files[0]!, files[1]!))
    const { stdout } = await script(
      launcher,
      `$PREPARE <$1; $STRACE -e inject=${SENDS}:signal=${signal}:when=$3 $RESTORE <$2; echo $?; ${REFERENCE} -Sn`,
      [...files, `${moment}`],
      said,
    )
    const [code, ...rules] = lines(stdout)
    return { status: Number(code), rules: rules.sort() }
  }

  it.each([
    ['HUP', 129, 'standalone'],
    ['INT', 130, 'standalone'],
    ['TERM', 143, 'standalone'],
    ['TERM', 143, 'node'],
  ] as const)(
    'by SIG%s half way: the table is the old one (status %i, %s)',
    async (signal, status, launcher) => {
      const said = new RegExp(
        `^interrupted by SIG${signal}\nrolled back \\d+ changes; verified: the table is unchanged\n$`,
      )
      const end = await interrupted(launcher, signal, (moments) => moments[moments.length >> 1]!, said)
      expect(end).toEqual({ status, rules: table(0).sort() })
    },
  )

  it.each(LAUNCHER_NAMES)(
    'by SIGTERM once removals have begun: the table is the new one (%s)',
    async (launcher) => {
      const end = await interrupted(launcher, 'TERM', (moments) => moments.at(-1)!, /^$/)
      expect(end).toEqual({ status: 0, rules: table(1).sort() })
    },
  )
})

describe('stuck', () => {
  it.each(LAUNCHER_NAMES)(
    'in an unread output, a restore holds no lock and can be ended (%s)',
    async (launcher) => {
      const file = await write(table(0), 0)
      const { stdout } = await script(
        launcher,
        `mkfifo /tmp/unread; sleep 1000 </tmp/unread & reader=$!
       $RESTORE </dev/null
       $RESTORE -v <$1 >/tmp/unread & stuck=$!
       until [ "$(${REFERENCE} -Sn | wc -l)" = $(wc -l <$1) ]; do sleep 0.1; done
       $RESTORE --wait 100 </dev/null; echo $?
       kill -TERM $stuck; wait $stuck 2>/dev/null; echo $?
       kill $reader; wait $reader 2>/dev/null; rm /tmp/unread`,
        [file],
        /Terminated|^$/,
      )
      expect(lines(stdout)).toEqual(['0', '143'])
    },
  )
})

describe('two at once', () => {
  it('eight concurrent restores of different files: the end is exactly one of them', async () => {
    const tables = Array.from({ length: 8 }, (_, n) =>
      Array.from({ length: 200 }, (_, i) => `-A -t 192.0.2.${n + 1}:${1000 + i} -s rr`),
    )
    const files = await Promise.all(tables.map(write))
    const words = files.flatMap((file, n) => [`${installed(launcherOf(n))}/ipvsadm-restore`, file])
    const { stdout } = await script(
      'standalone',
      `while [ $# -gt 0 ]; do $1 --wait 3000 <$2 & jobs="$jobs $!"; shift 2; done; for job in $jobs; do wait $job || echo failed; done; ${REFERENCE} -Sn`,
      words,
    )
    const rules = lines(stdout).sort().join('\n')
    expect(tables.map((table) => [...table].sort().join('\n'))).toContain(rules)
  })

  it.each(LAUNCHER_NAMES)(
    'one that must not wait ends with 4 and names the holder; the lock ends with its holder (%s)',
    async (launcher) => {
      const { stdout } = await script(
        launcher,
        // A restore that waits for its input does not hold the lock yet, so another program holds it.
        `: >/tmp/held
       node -e 'require("node:net").createServer((s) => s.write("process 1: somebody\\n")).listen(${JSON.stringify(LOCK)}, () => console.log("held")); setTimeout(() => {}, 1e9)' >/tmp/held & holder=$!
       until grep -q held /tmp/held; do sleep 0.1; done
       $RESTORE --wait 0 </dev/null 2>&1; echo $?
       echo '-A -f 3' | ipvsadm apply --wait=1 - 2>&1; echo $?
       ipvsadm -A -f 4; echo $?
       kill -KILL $holder; wait $holder 2>/dev/null
       $RESTORE --wait 0 </dev/null; echo $?`,
        [],
      )
      expect(lines(stdout)).toEqual([
        'another restore is running (process 1: somebody); waited 0 s; nothing was changed',
        '4',
        'another restore is running (process 1: somebody); waited 1 s; nothing was changed',
        '4',
        '0',
        '0',
      ])
    },
  )
})

describe('the subcommands as programs', () => {
  it.each(LAUNCHER_NAMES)('apply, check and diff, with their words (%s)', async (launcher) => {
    const { stdout } = await script(
      launcher,
      `cd /tmp; printf -- '-A -t 192.0.2.1:80 -s rr\\n-A -f 3 -s rr\\n' >wanted; ipvsadm -C; rm -f saved
       ipvsadm check wanted; echo $?
       ipvsadm diff wanted; echo $?
       ipvsadm apply wanted --scope fwmark:1-9 -v 2>&1; echo $?
       ipvsadm diff --json <wanted - | tail -n 2 | head -n 1; ipvsadm apply -v --keep-weights wanted; echo $?
       ipvsadm diff wanted; echo $?
       ipvsadm-save -n -o saved; ipvsadm diff saved; echo $?; stat -c %a saved
       ipvsadm diff nosuch 2>&1; echo $?
       ipvsadm apply wanted --nosuch 2>&1; echo $?
       printf -- '-A -f 0\\nfoo\\n' | ipvsadm apply - 2>&1; echo $?`,
      [],
    )
    expect(lines(stdout)).toEqual([
      '0',
      '+ -A -t 192.0.2.1:80 -s rr',
      '+ -A -f 3 -s rr',
      '1',
      'warning: outside the scope, left out: 1 (line 1)',
      '+ -A -f 3 -s rr',
      '0',
      expect.stringMatching(
        /^\{"action":"add","type":"service",.*"rule":"-A -t 192\.0\.2\.1:80 -s rr","line":1\}$/,
      ),
      '+ -A -t 192.0.2.1:80 -s rr',
      '0',
      '0',
      '0',
      '600',
      expect.stringMatching(/^cannot read nosuch: ENOENT/),
      '2',
      expect.stringMatching(/nosuch/),
      '2',
      "line 1: invalid fwmark value `0' specified: -A -f 0",
      'line 2: does not begin with a command: foo',
      '2 lines have errors; nothing was changed',
      '2',
    ])
  })
})
