// The Debian package of the agent: installed and purged in a Debian of its own, and its unit under a real systemd in the
// test kernel.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { version } from '../../package.json'
import { ROOT } from '../support/program.ts'
import { DebianRoot, run } from './support/root.ts'
import { type StepResult, underSystemd } from './support/systemd.ts'

const DEB = `ipvsadm-agent_${version}-1_amd64.deb`
const UNIT = join(ROOT, 'packaging/systemd/ipvsadm-agent.service')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-agent-package-'))
  const quick = { DPKG_DEB_COMPRESSOR_TYPE: 'gzip', DPKG_DEB_COMPRESSOR_LEVEL: '1', TMPDIR: folder }
  run('node', [join(ROOT, 'scripts/package.mjs'), 'deb', folder, 'amd64'], folder, quick)
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (path: string, ...lines: readonly string[]) =>
  `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >${path}`

/** Rules with a server that is up, as the configuration below has it: a program says so. */
const rules = (weight: number) => [
  '-A -t 192.0.2.1:80 -s rr',
  `-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w ${weight}`,
]
const table = (weight: number) => `${rules(weight).join('\n')}\n`
const CONFIG = [
  'rules: /etc/ipvsadm/rules',
  'interval: 1s',
  'check:',
  '  kind: exec',
  '  command: [/bin/true]',
  '  interval: 1s',
  'serve: {}',
]
const FILES = `mkdir -p /etc/ipvsadm; ${file('/etc/ipvsadm/rules', ...rules(3))}; ${file('/etc/ipvsadm/agent.yaml', ...CONFIG)}`

/** It installs a hundred packages: in a long run only. */
const describeLong = process.env.IPVSADM_LONG === undefined ? undefined : describe

describeLong?.('the package, in a Debian of its own', () => {
  let root: DebianRoot
  beforeAll(() => {
    // The first release with Node.js 20.
    root = new DebianRoot(folder, ['nodejs', 'kmod'], 'trixie')
    copyFileSync(join(folder, DEB), join(root.path, 'agent.deb'))
  })

  /** All files but those that say which packages are known. */
  const files = () =>
    root.sh(
      'find / -xdev ! -path "/proc/*" ! -path "/var/lib/dpkg/*" ! -path "/var/cache/*" ! -path "/var/log/*" ! -path "/run/*" | sort',
    )

  it('is installed, works, and is purged without a trace but the configuration', () => {
    const before = files()
    root.sh('dpkg -i agent.deb')
    expect(root.sh('dpkg --audit; dpkg --verify ipvsadm-agent')).toBe('')
    expect(root.sh('ls /etc/systemd/system/multi-user.target.wants 2>/dev/null || true')).not.toContain(
      'agent',
    )
    root.sh(FILES)
    expect(root.sh('ipvsadm-agent check')).toBe('')
    const listing = root.inKernel(`
      mkdir -p /run/ipvsadm; ipvsadm-agent >/dev/null 2>&1 & agent=$!
      until ipvsadm-agent status >/run/status 2>&1; do kill -0 $agent; sleep 0.2; done
      until grep -q :80 /proc/net/ip_vs || grep -q 0050 /proc/net/ip_vs; do kill -0 $agent; sleep 0.1; done
      ipvsadm-agent status | sed -n 's/ *198.51.100.2:80 *up .* rules *\\(.*\\)/\\1/p'; kill $agent; wait $agent`)
    expect(listing).toBe('status 0\n')
    root.sh('dpkg --purge ipvsadm-agent')
    expect(files()).toBe(
      `${before
        .trimEnd()
        .split('\n')
        .concat(['/etc/ipvsadm', '/etc/ipvsadm/agent.yaml', '/etc/ipvsadm/rules'])
        .sort()
        .join('\n')}\n`,
    )
  })
})

const PROPERTY = (name: string) => `systemctl show -P ${name} ipvsadm-agent`
const UNTIL = (condition: string) => `until ${condition}; do sleep 0.1; done`
const SAYS = (...words: readonly string[]) => `journalctl -b -o cat ${words.join(' ')}`
/** The journal as a file that grows: a journalctl for each look would take a second of the test kernel. */
const JOURNAL = '/run/journal'
const SAID = (text: string, times = 1) => `[ $(grep -c '${text}' ${JOURNAL}) -ge ${times} ]`
/** Until systemd has started the agent so many times again, and it is ready. */
const restarted = (times: number) =>
  `${UNTIL(SAID('event=ready', times + 1))}
     ${UNTIL(`[ $(${PROPERTY('NRestarts')}) = ${times} ] && [ $(${PROPERTY('ActiveState')}) = active ]`)}`

/** The package as it is, and Debian's own Node; the journal goes to a file in /run. */
const PREPARATION = `
  rm -rf /etc/ipvsadm /etc/default/ipvsadm /usr/sbin/policy-rc.d; modprobe -r ip_vs
  cp ${join(ROOT, 'dist/standalone/ipvsadm')} /usr/sbin/ipvsadm
  [ -e /usr/bin/node ] || ln -s ${process.execPath} /usr/bin/node
  mkdir -p /run/log/journal /etc/systemd/system/ipvsadm-agent.service.d
  printf '[Service]\\nWatchdogSec=15\\n' >/etc/systemd/system/ipvsadm-agent.service.d/test.conf`

/** The steps, in order; each starts from the state that the one before has left. */
const STEPS = (
  deb: string,
): readonly (readonly [what: string, line: string, output: string, status?: number])[] => [
  [
    'the package is installed, and starts nothing',
    `systemctl start systemd-journald.socket systemd-journald && systemctl log-target journal
     journalctl -b -f -n all -o cat </dev/null >${JOURNAL} 2>&1 &
     dpkg --force-depends -i ${deb} >/run/dpkg 2>&1 || cat /run/dpkg; systemctl is-active ipvsadm-agent; systemctl is-enabled ipvsadm-agent`,
    'inactive\ndisabled\n',
    1,
  ],
  [
    'the unit is right',
    '{ systemd-analyze verify --man=no ipvsadm-agent.service || echo ipvsadm-agent.service: refused; } 2>&1 | sed -n /ipvsadm/p',
    '',
  ],
  [
    'without a configuration it is not started, which is no failure',
    `systemctl start ipvsadm-agent; ${PROPERTY('ConditionResult')}; ${PROPERTY('ActiveState')}`,
    'no\ninactive\n',
  ],
  [
    'start loads ip_vs, and ends when the agent is ready; the table follows',
    `${FILES}; grep -c ^ip_vs /proc/modules; systemctl start ipvsadm-agent && ${PROPERTY('ActiveState')}
     ${UNTIL('ipvsadm -Sn | grep -q 198.51.100.2')}; ipvsadm -Sn`,
    `0\nactive\n${table(3)}`,
  ],
  [
    'it serves its metrics and the page, with what the kernel and the checks know',
    `metrics() { curl -s http://127.0.0.1:9456/metrics; }; ${UNTIL(`metrics | grep -q '^ipvs_server_up.* 1$'`)}
     metrics | grep -E '^ipvs_(server_up|agent_ready|connection_table_entries|connections_total)'
     curl -s http://127.0.0.1:9456/ | grep -c '<title>IPVS</title>'`,
    'ipvs_connections_total 0\nipvs_connection_table_entries 0\nipvs_server_up{protocol="tcp",service="192.0.2.1:80",server="198.51.100.2:80"} 1\nipvs_agent_ready 1\n1\n',
  ],
  [
    'it has two capabilities, no way to others, and a filter of system calls',
    `grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/$(${PROPERTY('MainPID')})/status`,
    'CapBnd:\t0000000000011000\nNoNewPrivs:\t1\nSeccomp:\t2\n',
  ],
  [
    'its events are in the journal with their priorities, and without a time of their own',
    `${UNTIL(SAID('event=table-changed'))}; ${SAYS('-u ipvsadm-agent', '-p info')} | grep -q event=table-changed && echo changed
     journalctl -b -u ipvsadm-agent -o json --output-fields=PRIORITY,MESSAGE |
       sed -n 's/.*"MESSAGE":"level=info event=started .*/started/p;s/.*"PRIORITY":"6".*event=server-up.*/6 server-up/p;s/.*event=server-up.*"PRIORITY":"6".*/6 server-up/p'`,
    'changed\nstarted\n6 server-up\n',
  ],
  [
    'reload reads the rules, and says to systemd that it does',
    `${file('/etc/ipvsadm/rules', ...rules(5))}; systemctl log-level debug
     systemctl reload ipvsadm-agent && ${UNTIL('ipvsadm -Sn | grep -q "w 5"')}; ipvsadm -Sn
     ${UNTIL(SAID('ipvsadm-agent.service: Got notification.*RELOADING=1'))}; systemctl log-level info
     ${SAYS()} | grep -q 'ipvsadm-agent.service: Changed running -> reload' && echo reload`,
    `${table(5)}reload\n`,
  ],
  [
    'reload of a file that is wrong fails, and the agent goes on',
    `${file('/etc/ipvsadm/rules', '-A -t')}; systemctl reload ipvsadm-agent 2>/dev/null; echo $?; ${PROPERTY('ActiveState')}; ipvsadm -Sn
     ${UNTIL(SAID('event=rules-wrong'))}; ${SAYS('-u ipvsadm-agent', '-p err')} | sed -n 's/.*event=rules-wrong text="\\(line 1\\).*/\\1/p' | head -n 1`,
    `1\nactive\n${table(5)}line 1\n`,
  ],
  [
    'it is killed, and started again; the table and what was set by hand stay',
    `${file('/etc/ipvsadm/rules', ...rules(5))}; systemctl reload ipvsadm-agent
     ipvsadm -e --keep -t 192.0.2.1:80 -r 198.51.100.2:80 -w 2; ${UNTIL(SAID('event=drift'))}
     old=$(${PROPERTY('MainPID')}); kill -9 $old
     ${restarted(1)}; sleep 1.5; ipvsadm -Sn; ${PROPERTY('NRestarts')}`,
    `${table(2)}1\n`,
  ],
  [
    'systemd hears that it is alive',
    `systemctl log-level debug; before=$(${PROPERTY('WatchdogTimestampMonotonic')})
     ${UNTIL(SAID('ipvsadm-agent.service: Got notification.*WATCHDOG=1'))}; systemctl log-level info
     ${UNTIL(`[ $(${PROPERTY('WatchdogTimestampMonotonic')}) -gt $before ]`)}; echo alive; ${PROPERTY('NRestarts')}`,
    'alive\n1\n',
  ],
  [
    'systemd ends an agent that hangs, and starts another; the table stays',
    `kill -STOP $(${PROPERTY('MainPID')}); ${restarted(2)}
     ${SAYS()} | grep -c 'ipvsadm-agent.service: Watchdog timeout'; ipvsadm -Sn`,
    `1\n${table(2)}`,
  ],
  [
    'a new version takes over, and does not touch the table',
    `old=$(${PROPERTY('MainPID')}); dpkg --force-depends -i ${deb} >/run/dpkg 2>&1 || cat /run/dpkg
     [ $(${PROPERTY('MainPID')}) != $old ] && echo another; ${PROPERTY('ActiveState')}; ipvsadm -Sn`,
    `another\nactive\n${table(2)}`,
  ],
  [
    'stop leaves the table',
    `systemctl stop ipvsadm-agent; ${PROPERTY('ActiveState')}; ipvsadm -Sn`,
    `inactive\n${table(2)}`,
  ],
  [
    'start with a configuration that is wrong fails, and says why',
    `cp /etc/ipvsadm/agent.yaml /run; echo 'no: such' >>/etc/ipvsadm/agent.yaml; systemctl start ipvsadm-agent 2>/dev/null; echo $?
     systemctl stop ipvsadm-agent; ${UNTIL(SAID('agent.yaml:'))}; ${SAYS('-u ipvsadm-agent')} | grep -m 1 agent.yaml:; cp /run/agent.yaml /etc/ipvsadm/agent.yaml; ipvsadm -Sn`,
    `1\nagent: /etc/ipvsadm/agent.yaml:8: no: unknown key\n${table(2)}`,
  ],
  [
    'removal stops it, and purge leaves the configuration and the table',
    `systemctl start ipvsadm-agent; dpkg --purge ipvsadm-agent >/run/dpkg 2>&1 || cat /run/dpkg
     systemctl is-active ipvsadm-agent; ls /etc/ipvsadm; ipvsadm -Sn; ls /usr/lib/ipvsadm-agent /usr/lib/systemd/system/ipvsadm-agent.service 2>/dev/null || echo gone`,
    `inactive\nagent.yaml\nrules\n${table(2)}gone\n`,
  ],
]

describe('ipvsadm-agent.service', () => {
  const steps = STEPS('/run/agent.deb')
  let left: StepResult[]
  let place: string
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'ipvsadm-agent-systemd-'))
    const preparation = `${PREPARATION}\ncp ${join(folder, DEB)} /run/agent.deb`
    left = underSystemd(
      place,
      preparation,
      steps.map(([, line]) => line),
    )
  })
  afterAll(() => rmSync(place, { recursive: true }))

  it.each(steps.map((step, at) => ({ what: step[0], step, at })))('$what', ({ step, at }) => {
    const [, , output, status = 0] = step
    expect(left[at]).toEqual({ status, output })
  })

  it('has the exposure level of docs/agent.md', () => {
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', UNIT], {
      encoding: 'utf8',
    })
    const [, figure] = /Overall exposure level for ipvsadm-agent\.service: (\S+)/.exec(stdout) ?? []
    expect(readFileSync(join(ROOT, 'docs/agent.md'), 'utf8')).toContain(`an exposure of ${figure} `)
  })
})
