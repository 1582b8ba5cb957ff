// The packages for dpkg and rpm, installed, upgraded and removed in a Debian of their own.
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { version } from '../../package.json'
import { ROOT } from '../support/program.ts'
import { DebianRoot, run } from './support/root.ts'

const DEB = `ipvsadm-ts_${version}-1_amd64.deb`
const AGENT_DEB = `ipvsadm-agent_${version}-1_amd64.deb`
const RPM = `ipvsadm-ts-${version}-1.x86_64.rpm`
const PROGRAMS = ['ipvsadm', 'ipvsadm-restore', 'ipvsadm-save']
const ENABLED = 'etc/systemd/system/multi-user.target.wants/ipvsadm.service'
const RULES = '# ours\n-A -t 192.0.2.1:80 -s rr\n'
const SETTINGS = 'AUTO="true"\nDAEMON="none"\n'
const SESSION =
  'ipvsadm -A -t 192.0.2.1:80 -s rr; ipvsadm-save -n >saved; ipvsadm -C; ipvsadm-restore <saved; ipvsadm -Ln | sed "1s/=.*/=N)/"'
const LISTING = `IP Virtual Server version 1.2.1 (size=N)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  192.0.2.1:80 rr
`

let folder: string
let root: DebianRoot

/** Makes a package in a folder of that name; little compressed, for speed. */
function make(format: string, place = '.'): void {
  const output = join(folder, place)
  mkdirSync(output, { recursive: true })
  const quick = { DPKG_DEB_COMPRESSOR_TYPE: 'gzip', DPKG_DEB_COMPRESSOR_LEVEL: '1', TMPDIR: output }
  run('node', [join(ROOT, 'scripts/package.mjs'), format, output, 'amd64'], folder, quick)
}

const read = (path: string) => readFileSync(join(root.path, path), 'utf8')
const write = (path: string, text: string) => writeFileSync(join(root.path, path), text)
const there = (path: string) => lstatSync(join(root.path, path), { throwIfNoEntry: false }) !== undefined
const digest = (file: string) =>
  createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')
const states = () =>
  root.sh(
    "dpkg-query -W -f '\x24{Package} \x24{db:Status-Status}\n' 'ipvsadm*' 'needs-*' 2>/dev/null | grep -v ' not-installed' || true",
  )

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-packages-'))
  writeFileSync(join(folder, '.rpmmacros'), '%_binary_payload w1.gzdio\n')
  make('deb')
  root = new DebianRoot(folder, ['ipvsadm'])
  run(
    'sh',
    ['-c', `apt-get -q download ipvsadm && mv ipvsadm_*.deb root/theirs.deb && ln ${DEB} root/ours.deb`],
    folder,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the Debian package', () => {
  it('needs no other package, and stands for ipvsadm', () => {
    const fields = ['Version', 'Depends', 'Pre-Depends', 'Provides', 'Conflicts', 'Replaces']
    expect(run('dpkg-deb', ['-f', DEB, ...fields], folder)).toBe(
      `Version: ${version}-1\nProvides: ipvsadm (= 1:1.31)\nConflicts: ipvsadm\nReplaces: ipvsadm\n`,
    )
    expect(readFileSync(join(ROOT, 'packaging/debian/changelog'), 'utf8')).toMatch(
      `ipvsadm-ts (${version}-1) `,
    )
    // A program that needs a C library names its loader.
    expect(readFileSync(join(ROOT, 'dist/standalone/ipvsadm'), 'latin1')).not.toMatch(/\/ld-(linux|musl)/)
  })

  // It installs a hundred packages: in a long run only.
  if (process.env.IPVSADM_LONG !== undefined) {
    it('pleases lintian', () => {
      const words = ['--allow-root', '--no-cfg', '--fail-on', 'error,warning', DEB, AGENT_DEB]
      expect(run('lintian', words, folder)).toBe('')
    })
  }

  it('is the same bytes when it is made again', () => {
    make('deb', 'again')
    expect(digest(`again/${DEB}`)).toBe(digest(DEB))
  })

  it('replaces Debian’s, and keeps and uses its configuration', () => {
    write('etc/default/ipvsadm', SETTINGS)
    write('etc/ipvsadm.rules', RULES)
    dependent()
    pretendSystemd()
    expect(root.sh('dpkg -i ours.deb')).toContain('to purge it would delete them')
    expect(states()).toBe('ipvsadm config-files\nipvsadm-ts installed\nneeds-ipvsadm installed\n')
    expect([read('etc/default/ipvsadm'), read('etc/ipvsadm.rules')]).toEqual([SETTINGS, RULES])
    expect(['etc/init.d/ipvsadm', ENABLED].map(there)).toEqual([true, true])
    expect(root.sh('dpkg --audit; dpkg --verify ipvsadm-ts')).toBe('')
    expect(invoked()).toEqual(['start ipvsadm.service'])
  })

  it('works in a minimal root', () => {
    expect(root.inKernel(SESSION)).toBe(LISTING)
    // The unit's start; then what other systems than systemd have, Debian's own script.
    const started = root.inKernel(`
      . /etc/default/ipvsadm; export AUTO
      /usr/lib/ipvsadm/service start /etc/sysconfig/ipvsadm /etc/ipvsadm.rules; ipvsadm -Sn
      /etc/init.d/ipvsadm stop >/dev/null; ipvsadm -Sn; /etc/init.d/ipvsadm start >/dev/null; ipvsadm -Sn`)
    expect(started).toBe('-A -t 192.0.2.1:80 -s rr\n'.repeat(2))
  })

  it('is removed or replaced by Debian’s, with the configuration kept', () => {
    root.sh('dpkg -i ours.deb; dpkg -r needs-ipvsadm')
    expect(invoked()).toEqual([])
    root.sh('dpkg -r ipvsadm-ts')
    expect(invoked()).toEqual(['stop ipvsadm.service'])
    expect(PROGRAMS.map((name) => there(`sbin/${name}`))).toEqual([false, false, false])
    root.sh('dpkg -i ours.deb; apt-get install -y --allow-downgrades ./theirs.deb')
    expect(states()).toBe('ipvsadm installed\nipvsadm-ts config-files\n')
    expect([read('etc/default/ipvsadm'), read('etc/ipvsadm.rules')]).toEqual([SETTINGS, RULES])
    // The second time as the first.
    invoked()
    root.sh('dpkg -i ours.deb')
    expect(invoked()).toEqual(['start ipvsadm.service'])
    root.sh('dpkg -r ipvsadm-ts')
  })

  it('replaces one as Debian 13 has it: programs in /usr/sbin, a unit, and a script that stops being executable', () => {
    root.sh(`
      dpkg-deb -R theirs.deb moved
      mv moved/sbin moved/usr
      mkdir -p moved/usr/lib/systemd/system
      echo theirs >moved/usr/lib/systemd/system/ipvsadm.service
      sed -i '2i [ "$1" != remove ] || chmod -x /etc/init.d/ipvsadm' moved/DEBIAN/postrm
      dpkg-deb -b moved moved.deb
      dpkg -i moved.deb
      dpkg -i ours.deb`)
    expect(root.sh('readlink -f /sbin/ipvsadm /usr/sbin/ipvsadm-save /sbin/ipvsadm-restore')).toBe(
      '/usr/lib/ipvsadm/ipvsadm\n'.repeat(3),
    )
    expect(read('usr/lib/systemd/system/ipvsadm.service')).toBe(
      readFileSync(join(ROOT, 'packaging/systemd/ipvsadm.service'), 'utf8'),
    )
    expect(lstatSync(join(root.path, 'etc/init.d/ipvsadm')).mode & 0o777).toBe(0o755)
    expect(root.sh('dpkg --audit; dpkg --verify ipvsadm-ts')).toBe('')
  })

  it('is purged except for the configuration, which is removed with Debian’s', () => {
    root.sh('dpkg --purge ipvsadm-ts')
    expect([ENABLED, 'usr/lib/ipvsadm', 'usr/share/doc/ipvsadm-ts', 'sbin/ipvsadm'].map(there)).toEqual(
      Array(4).fill(false),
    )
    expect(read('etc/ipvsadm.rules')).toBe(RULES)
    root.sh('dpkg --purge ipvsadm')
    expect([states(), there('etc/ipvsadm.rules'), there('etc/default/ipvsadm')]).toEqual(['', false, false])
  })

  it('is installed by apt, and enables nothing', () => {
    root.sh('apt-get install -y ./ours.deb')
    expect([states(), there(ENABLED)]).toEqual(['ipvsadm-ts installed\n', false])
    root.sh('dpkg --purge ipvsadm-ts')
  })

  it('does not enable what the administrator has disabled', () => {
    root.sh('dpkg -i theirs.deb; update-rc.d ipvsadm disable')
    invoked()
    write('etc/default/ipvsadm', SETTINGS)
    root.sh('dpkg -i ours.deb')
    expect([there(ENABLED), invoked()]).toEqual([false, []])
    root.sh('dpkg --purge ipvsadm-ts ipvsadm')
  })
})

describe('the RPM', () => {
  const settings = '/etc/sysconfig/ipvsadm-config'
  const rpm = (...words: string[]) => run('rpm', ['--root', root.path, ...words], folder)
  beforeAll(() => make('rpm'))

  it('has the contents of the Debian package', () => {
    // But for what belongs to dpkg's world or to rpm's, and for the places that each system has.
    const own = /lintian|changelog|copyright|licenses|sysconfig|\/$|\/lib\/ipvsadm$/
    const names = (list: string) =>
      list
        .split('\n')
        .filter((name) => name !== '' && !own.test(name))
        .map((name) => name.replace(/^\.?(\/usr)?/, '').replace('vendor-completions', 'site-functions'))
        .sort()
    const deb = run('sh', ['-c', `dpkg-deb --fsys-tarfile ${DEB} | tar -t`], folder)
    expect(names(run('rpm', ['-qlp', RPM], folder))).toEqual(names(deb))
  })

  it('replaces another ipvsadm, and keeps its settings', () => {
    theirRpm()
    rpm('-i', '--nodeps', 'theirs.rpm')
    write(settings, 'IPVS_SAVE_ON_STOP="yes"\n')
    write('etc/sysconfig/ipvsadm', RULES)
    rpm('-U', '--nodeps', RPM)
    expect(rpm('-qa', '--qf', '%{NAME}\n')).toBe('ipvsadm-ts\n')
    expect(read(settings)).toBe('IPVS_SAVE_ON_STOP="yes"\n')
    expect(root.inKernel(SESSION)).toBe(LISTING)
  })

  it('is removed, and leaves the rules', () => {
    rpm('-e', 'ipvsadm-ts')
    expect([there('usr/sbin/ipvsadm'), there('usr/lib/ipvsadm'), there(`${settings}.rpmsave`)]).toEqual([
      false,
      false,
      true,
    ])
    expect(read('etc/sysconfig/ipvsadm')).toBe(RULES)
  })
})

/** Replaces a running systemd: records the commands of maintainer scripts. */
function pretendSystemd(): void {
  root.sh('mkdir -p /run/systemd/system /usr/local/sbin; ln -s /bin/true /usr/local/sbin/systemctl')
  write('usr/local/sbin/deb-systemd-invoke', '#!/bin/sh\necho "$@" >>/invoked\n')
  root.sh('chmod +x /usr/local/sbin/deb-systemd-invoke; >/invoked')
}

/** The recorded starts and stops since the last call. */
const invoked = () => root.sh('cat /invoked; >/invoked').split('\n').slice(0, -1)

/** Installs a package that needs ipvsadm, as ldirectord does. */
function dependent(): void {
  const control =
    'Package: needs-ipvsadm\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\nDepends: ipvsadm (>= 1:1.28)\n'
  root.sh(
    `mkdir -p needs/DEBIAN; printf '${control.replaceAll('\n', '\\n')}' >needs/DEBIAN/control; dpkg-deb -b needs needs.deb; dpkg -i needs.deb`,
  )
}

/** Makes a package as Red Hat's is, with a program and its settings. */
function theirRpm(): void {
  const spec = `Name: ipvsadm
Version: 1.31
Release: 9
Summary: theirs
License: GPL
%description
%install
mkdir -p %{buildroot}/usr/sbin %{buildroot}/etc/sysconfig
touch %{buildroot}/usr/sbin/ipvsadm
echo 'IPVS_SAVE_ON_STOP="no"' >%{buildroot}/etc/sysconfig/ipvsadm-config
%files
/usr/sbin/ipvsadm
%config(noreplace) /etc/sysconfig/ipvsadm-config
`
  writeFileSync(join(folder, 'theirs.spec'), spec)
  const words = ['-bb', '--quiet', '--define', `_topdir ${folder}/build`, '--define', `_rpmdir ${folder}`]
  run('rpmbuild', [...words, '--define', '_build_name_fmt theirs.rpm', 'theirs.spec'], folder)
}
