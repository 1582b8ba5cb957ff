// `-h` and `-v`: print the usage, or the version that the original reports.
import type { System } from '../system/system.ts'

export async function showUsage(kind: 'help' | 'version', system: System): Promise<void> {
  const { helpText } = await import('../help/usage.ts')
  system.writeOutput(helpText(kind, system.programName))
}
