// `ipvsadm version`: the version, runtime and build of this program, and the original that it is compatible with.
import { version } from '../../package.json'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { REFERENCE } from '../help/usage.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

/** The commit and its date, separated by a blank. Defined by scripts/build if it builds from git. */
declare const IPVSADM_BUILD: string

export async function run({ json }: OptionValues, system: System): Promise<CommandOutcome> {
  const runtime = system.runtime ?? 'unknown'
  const [commit, date] = typeof IPVSADM_BUILD === 'undefined' ? [] : IPVSADM_BUILD.split(' ')
  if (json === true) {
    const build = commit === undefined ? {} : { build: { commit, date } }
    system.writeOutput(`${JSON.stringify({ version, runtime, ...build, reference: REFERENCE }, null, 2)}\n`)
    return 'done'
  }
  system.writeOutput(
    `ipvsadm ${version}\n` +
      `runtime: ${runtime}\n` +
      `build: ${commit === undefined ? 'not from a commit' : `${commit} of ${date}`}\n` +
      `reference: ${REFERENCE}\n`,
  )
  return 'done'
}
