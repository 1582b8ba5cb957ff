// Tables that another program makes through the kernel's interface, in a real kernel: saved in either format and
// restored, they do not change, and are restored completely into an empty table.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Change } from '../../lib/model/change.ts'
import { anyTable } from '../support/arbitrary-table.ts'
import { bundle } from '../support/bundle.ts'
import { Guest, INSTALLED_KERNEL } from '../support/guest.ts'
import { install, installedPath } from '../support/install.ts'
import { launcherOf } from '../support/launchers.ts'

const TABLES = 2
const SEED = 20191224

let guest: Guest
let program: string
beforeAll(async () => {
  program = await bundle('kernel/make-changes.ts', 'make-changes.mjs')
  guest = await Guest.start({ kernel: INSTALLED_KERNEL })
  await install(guest)
})
afterAll(async () => await guest?.stop())

const changesOf = (table: (typeof anyTable extends fc.Arbitrary<infer T> ? T : never)[number]): Change[] => [
  { kind: 'add-service', service: table.service.id, config: table.service.config },
  ...table.destinations.map(
    ({ id, config }): Change => ({ kind: 'add-server', service: table.service.id, server: id, config }),
  ),
]

/** Whether Linux 6.12 refuses it for its thresholds. */
const hasHighThreshold = (change: Change) =>
  change.kind === 'add-server' &&
  Math.max(change.config.upperThreshold, change.config.lowerThreshold) > 2 ** 31 - 1

const tables = fc.sample(
  anyTable.filter((table) => table.length > 2),
  { seed: SEED, numRuns: TABLES },
)

describe.each(tables.map((table, i) => [i, launcherOf(i), table] as const))(
  'table %d (%s)',
  (_, launcher, table) => {
    it('is not changed by its restore, and is restored completely into an empty table', async () => {
      const namespace = await guest.namespace()
      const sh = async (line: string, stdin = '') => {
        const { stdout, stderr, status } = await namespace.run(['sh', '-c', line], {
          env: { PATH: installedPath(launcher) },
          stdin,
        })
        return { stdout: `${stdout}`, stderr: `${stderr}`, status }
      }
      const changes = table.flatMap(changesOf)
      const made = await namespace.run([process.execPath, program], { stdin: JSON.stringify(changes) })
      expect(`${made.stderr}`).toBe('')
      // Kernels have rules of their own, newer ones of thresholds too.
      const refused: number[] = JSON.parse(`${made.stdout}`)
      const others = changes.filter((change) => !hasHighThreshold(change))
      expect(refused.filter((at) => others.includes(changes[at]!)).length).toBeLessThan(others.length / 2)
      const rules = (await sh('ipvsadm -S -n')).stdout
      const unchanged = { status: 0, stdout: '', stderr: '' }
      for (const save of ['ipvsadm -S -n', 'ipvsadm -S --json', 'ipvsadm -L --json']) {
        const { stdout: saved } = await sh(save)
        expect(await sh('ipvsadm apply -v -', saved)).toEqual(unchanged)
        expect(await sh('ipvsadm -C && ipvsadm-restore', saved)).toEqual(unchanged)
        const again = (await sh('ipvsadm -S -n')).stdout
        expect(again.split('\n').sort()).toEqual(rules.split('\n').sort())
      }
    })
  },
)
