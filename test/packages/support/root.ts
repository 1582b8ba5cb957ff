// A separate Debian in a folder, and commands in it: on this machine by chroot, or in the test kernel.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { quickKernel } from '../../support/guest.ts'
import { ROOT } from '../../support/program.ts'

/** Runs a program; throws if it fails. Returns its stdout, or with `all` its stderr too. */
export function run(
  program: string,
  words: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): string {
  return output(
    program,
    spawnSync(program, words, {
      cwd,
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', HOME: cwd, ...env },
      encoding: 'utf8',
    }),
  )
}

function output(what: string, { status, stdout, stderr, error }: SpawnSyncReturns<string>): string {
  if (error) throw error
  if (status !== 0) throw new Error(`${what}: status ${status}\n${stdout}\n${stderr}`)
  return stdout
}

export class DebianRoot {
  /** Its folder, in which files can be put for it. */
  readonly path: string
  readonly #folder: string

  /**
   * Makes one with apt and these packages, from the mirrors that this machine uses.
   * @param release default: that of this machine
   */
  constructor(folder: string, packages: readonly string[], release?: string) {
    this.#folder = folder
    this.path = join(folder, 'root')
    const format = '$(ORIGIN) $(SITE) $(CODENAME) $(COMPONENT)'
    const sources = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], folder)
    const [, site, own] = /^Debian (\S+) ([a-z]+) main$/m.exec(sources)!
    const options = ['--variant=apt', `--include=${packages}`, '--aptopt=Acquire::Languages "none"']
    // Its mounts end with its own namespace, even when they are busy.
    const words = ['--mount', 'mmdebstrap', ...options, '--quiet', release ?? own!, this.path, site!]
    run('unshare', words, folder)
  }

  /** Runs a line of sh in it. */
  sh(line: string): string {
    return run('chroot', [this.path, 'sh', '-ec', line], this.#folder)
  }

  /** Runs a line of sh in it in the test kernel, as root. */
  inKernel(line: string): string {
    const inside = 'mount --bind /proc root/proc && exec chroot root sh -ec "$1"'
    return run(
      join(ROOT, 'scripts/kernel'),
      ['--kernel', quickKernel(), '--timeout', '600', 'sh', '-c', inside, 'sh', line],
      this.#folder,
    )
  }
}
