// The programs of exec checks that cannot be run, as notes: they may be installed later.
import { statSync } from 'node:fs'
import type { AgentConfig } from './config/config.ts'

export function programNotes({ defaults, scopes, services, servers }: AgentConfig): readonly string[] {
  const plans = [defaults, ...scopes, ...services, ...servers].map(({ check }) => check)
  const programs = new Set(plans.flatMap((plan) => (plan.kind === 'exec' ? plan.command.slice(0, 1) : [])))
  return [...programs].flatMap((program) => {
    const problem = programProblem(program)
    return problem === undefined ? [] : [`note: ${program} ${problem}: exec checks cannot run it`]
  })
}

/** The bits of a mode that let somebody execute a file; root needs one of them. */
const EXECUTABLE = 0o111

/** Undefined: none is known, also because this user may not look. */
function programProblem(path: string): string | undefined {
  let status: ReturnType<typeof statSync>
  try {
    status = statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
  if (status === undefined) return 'does not exist'
  if (!status.isFile()) return 'is not a file'
  return (status.mode & EXECUTABLE) === 0 ? 'is not executable' : undefined
}
