// The built programs in a guest, as a copy: a new build here does not disturb the tests there.
import { dirname, join } from 'node:path'
import type { Guest } from './guest.ts'

const ROOT = join(__dirname, '..', '..')
const PLACE = '/opt/ipvsadm'

/** The PATH with the programs and Node, for commands in the guest. */
export const INSTALLED_PATH = `${PLACE}/bin:${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`

/** The same with the executable, which starts ten times as fast in the test kernel: for commands that prepare a test. */
export const PREPARING_PATH = `${PLACE}/dist/standalone:${INSTALLED_PATH}`

/** The program on Node, also with PREPARING_PATH. */
export const ON_NODE = `${PLACE}/bin/ipvsadm`

/** Copies bin and dist into the guest, readable by all users. */
export async function install(guest: Guest): Promise<void> {
  const script = `mkdir -p ${PLACE} && cp -r "$0/bin" "$0/dist" ${PLACE} && chmod -R a+rX ${PLACE}`
  const { status, stderr } = await guest.run(['sh', '-c', script, ROOT])
  if (status !== 0) throw new Error(`cannot install the programs (scripts/build makes them): ${stderr}`)
}
