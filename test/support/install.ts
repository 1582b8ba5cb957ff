// The built programs in a guest, as a copy: a new build here does not disturb the tests there.
import { dirname, join } from 'node:path'
import type { Guest } from './guest.ts'
import { LAUNCHERS, type Launcher } from './launchers.ts'

const ROOT = join(__dirname, '..', '..')
const PLACE = '/opt/ipvsadm'

/** The folder of the installed programs. */
export const installed = (launcher: Launcher) => `${PLACE}/${LAUNCHERS[launcher]}`

/** The PATH for commands in the guest, with Node. The executable, the default, starts ten times as fast in the test kernel. */
export const installedPath = (launcher: Launcher = 'standalone') =>
  `${installed(launcher)}:${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`

/** Copies bin and dist into the guest, readable by all users. */
export async function install(guest: Guest): Promise<void> {
  const script = `mkdir -p ${PLACE} && cp -r "$0/bin" "$0/dist" ${PLACE} && chmod -R a+rX ${PLACE}`
  const { status, stderr } = await guest.run(['sh', '-c', script, ROOT])
  if (status !== 0) throw new Error(`cannot install the programs (scripts/build makes them): ${stderr}`)
}
