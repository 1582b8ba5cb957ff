// ipvsadm.service under a real systemd in the test kernel, and its script by itself, with the distributions' settings.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'
import { type StepResult, underSystemd } from './support/systemd.ts'

const UNIT = join(ROOT, 'packaging/systemd/ipvsadm.service')
const RULES = '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 1\n'
const MARK = '-A -f 7 -s wlc\n'

/** The programs and the unit where the packages have them; a second ExecStartPre= reports the remaining rights of the service. */
const INSTALL = `
  mkdir -p /usr/lib/ipvsadm /etc/systemd/system/ipvsadm.service.d
  cp ${ROOT}/packaging/systemd/service ${ROOT}/dist/standalone/ipvsadm /usr/lib/ipvsadm
  for name in ipvsadm ipvsadm-save ipvsadm-restore; do ln -sf /usr/lib/ipvsadm/ipvsadm /usr/sbin/$name; done
  cp ${UNIT} /etc/systemd/system
  cat >/etc/systemd/system/ipvsadm.service.d/proof.conf <<'PROOF'
[Service]
ExecStartPre=/bin/sh -c 'grep -E "^(CapBnd|NoNewPrivs|Seccomp):" /proc/self/status >/etc/proof; ! touch /usr/proof'
PROOF
  rm -rf /etc/default/ipvsadm /etc/sysconfig /etc/ipvsadm.rules
  modprobe -r ip_vs`

const file = (path: string, text: string) => `printf %s '${text}' >${path}`
const DEBIAN = '/etc/ipvsadm.rules'
const RED_HAT = '/etc/sysconfig/ipvsadm'
const service = (action: string, environment = '', files = `${RED_HAT} ${DEBIAN}`) =>
  `env ${environment} /usr/lib/ipvsadm/service ${action} ${files}`

/** The steps, in order; each starts from the state that the one before has left. */
const STEPS: readonly (readonly [what: string, line: string, output: string, status?: number])[] = [
  [
    'the unit is right',
    // Also says what is wrong with units of other packages.
    '{ systemd-analyze verify --man=no ipvsadm.service || echo ipvsadm.service: refused; } 2>&1 | sed -n /ipvsadm/p',
    '',
  ],
  [
    'start loads ip_vs and the file',
    `grep -c ^ip_vs /proc/modules; ${file(DEBIAN, RULES)}; systemctl start ipvsadm && ipvsadm -Sn`,
    `0\n${RULES}`,
  ],
  [
    'the service has two capabilities, no way to others, and a filter of system calls',
    'cat /etc/proof',
    'CapBnd:\t0000000000011000\nNoNewPrivs:\t1\nSeccomp:\t2\n',
  ],
  [
    'its memory cannot become code',
    'systemctl show -P MemoryDenyWriteExecute ipvsadm; systemctl is-active ipvsadm',
    'yes\nactive\n',
  ],
  ['reload', `${file(DEBIAN, MARK)}; systemctl reload ipvsadm && ipvsadm -Sn`, MARK],
  ['stop clears the table, and saves nothing', `systemctl stop ipvsadm && ipvsadm -Sn; cat ${DEBIAN}`, MARK],
  [
    'start with a file that is wrong fails, and leaves the table',
    `ipvsadm -A -f 8; ${file(DEBIAN, `${RULES}-A -f\n`)}; systemctl start ipvsadm 2>/dev/null; echo $?; ipvsadm -Sn`,
    '1\n-A -f 8 -s wlc\n',
  ],
  ['start without a file: an empty table', `rm ${DEBIAN}; systemctl start ipvsadm && ipvsadm -Sn`, ''],
  [
    'reload without a file fails, and leaves the table',
    `ipvsadm -A -f 6; systemctl reload ipvsadm 2>/dev/null; echo $?; ipvsadm -Sn; ipvsadm -D -f 6`,
    '1\n-A -f 6 -s wlc\n',
  ],
  ['reload without a file does not fail with AUTO=false', service('reload', 'AUTO=false'), ''],
  [
    'stop saves, if asked to, for root alone',
    `${file('/etc/default/ipvsadm', 'IPVS_SAVE_ON_STOP="yes"')}; ipvsadm -A -f 7
     systemctl stop ipvsadm && ipvsadm -Sn; stat -c %a ${DEBIAN}; cat ${DEBIAN}`,
    `600\n${MARK}`,
  ],

  // The service's script, by itself.
  [
    'Red Hat’s file comes first, also to be saved',
    `mkdir /etc/sysconfig; ${file(RED_HAT, RULES)}; ${service('start')} && ipvsadm -A -f 7 &&
     ${service('stop', 'IPVS_SAVE_ON_STOP=yes')} && cat ${RED_HAT} ${DEBIAN}`,
    `${RULES}${MARK}${MARK}`,
  ],
  [
    'a table that cannot be saved is not cleared',
    `ipvsadm -A -f 7; ${service('stop', 'IPVS_SAVE_ON_STOP=yes', '/nowhere/rules')}; echo $?; ipvsadm -Sn`,
    `no folder to save the table in: /nowhere/rules\n1\n${MARK}`,
  ],
  [
    'Debian’s AUTO=false and DAEMON=both',
    `${service('start', 'AUTO=false DAEMON=both IFACE=lo SYNCID=9')} && ipvsadm-save -n --all | sed -n 's/ --sync-maxlen.*//;2,$p'`,
    `${MARK}--start-daemon master --mcast-interface lo --syncid 9\n--start-daemon backup --mcast-interface lo --syncid 9\n`,
  ],
  [
    '… and when it stops',
    `${service('stop', 'AUTO=false DAEMON=both')} && ipvsadm -Sn && ipvsadm -L --daemon`,
    MARK,
  ],
  [
    'another DAEMON is refused before anything is done',
    service('start', 'DAEMON=Master'),
    'DAEMON is not none, master, backup or both: Master\n',
    2,
  ],
]

describe('ipvsadm.service', () => {
  let folder: string
  let left: StepResult[]
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-systemd-'))
    left = underSystemd(
      folder,
      INSTALL,
      STEPS.map(([, line]) => line),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(STEPS.map((step, at) => ({ what: step[0], step, at })))('$what', ({ step, at }) => {
    const [, , output, status = 0] = step
    expect(left[at]).toEqual({ status, output })
  })

  it('has the exposure level of docs/install.md', () => {
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', UNIT], {
      encoding: 'utf8',
    })
    const [, figure] = /Overall exposure level for ipvsadm\.service: (\S+)/.exec(stdout) ?? []
    expect(readFileSync(join(ROOT, 'docs/install.md'), 'utf8')).toContain(`an exposure of ${figure} `)
  })
})
