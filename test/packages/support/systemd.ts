// A systemd in the test kernel, in a namespace of processes, that starts nothing but a script of ours.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quickKernel } from '../../support/guest.ts'
import { ROOT } from '../../support/program.ts'

/** The result of a step: its status, and its output on stdout and stderr. */
export interface StepResult {
  status: number
  output: string
}

/** Targets that systemd would otherwise start or want a machine for are left out. */
const PRELUDE = 'systemctl() { command systemctl --job-mode=ignore-dependencies "$@"; }'

/**
 * Boots the kernel, runs `preparation` (a script for sh), starts systemd, and runs the steps under it in their order, each
 * a line for sh. Both may change any file: but for those in `folder`, an empty one, all is gone afterwards.
 */
export function underSystemd(folder: string, preparation: string, steps: readonly string[]): StepResult[] {
  const session = steps.map(
    (line, at) => `( ${line}\n) >${folder}/${at}.output 2>&1; echo $? >${folder}/${at}.status`,
  )
  writeFileSync(
    join(folder, 'session'),
    [PRELUDE, ...session, 'systemctl --force --force poweroff', ''].join('\n'),
  )
  const unit = (name: string, text: string) =>
    `printf '[Unit]\\nDefaultDependencies=no\\n${text}\\n' >/run/systemd/system/${name}`
  const boot = [
    'set -e',
    'mkdir -p /run/systemd/system',
    // The machine's own: a restart of a unit, which asks for its dependencies, would boot all of it.
    'rm -rf /lib/systemd/system-generators /lib/systemd/system/*.wants /etc/systemd/system/*.wants',
    unit('session.target', 'Wants=session.service'),
    unit('session.service', `[Service]\\nType=oneshot\\nExecStart=/bin/sh ${folder}/session`),
    'mount -t cgroup2 none /sys/fs/cgroup',
    // It would set the console's modes, and the kernel's last words are read from there.
    'mount --bind /dev/null /dev/console',
    preparation,
    'container=test exec unshare --pid --fork --mount-proc /lib/systemd/systemd --system --unit=session.target --log-target=null --show-status=0',
  ]
  writeFileSync(join(folder, 'boot'), `${boot.join('\n')}\n`)
  const { status, stderr } = spawnSync(
    join(ROOT, 'scripts/kernel'),
    ['--kernel', quickKernel(), '--timeout', '900', '/bin/sh', join(folder, 'boot')],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  if (!existsSync(join(folder, `${steps.length - 1}.status`)))
    throw new Error(`systemd ended, ${status}: ${stderr}`)
  return steps.map((_, at) => ({ status: Number(read(`${at}.status`)), output: read(`${at}.output`) }))
}
