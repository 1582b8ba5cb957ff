// The programs on Node: runs one by its name and ends the process with its exit status.
import type { NodeSubcommands } from './commands/subcommand.ts'
import { main } from './main.ts'
import { nodeSystem } from './system/node/system.ts'

/** Bundles of their own, which no other command loads. */
const ON_NODE: NodeSubcommands = {
  agent: () => import('./agent/agent-command.ts'),
  fleet: () => import('./fleet/fleet-command.ts'),
  serve: () => import('./serve/serve-command.ts'),
}

export function run(program: string): void {
  main(program, process.argv.slice(2), nodeSystem, ON_NODE).then((status) => {
    // Does not wait for pending work, such as name look-ups.
    process.exit(status)
  })
}

// For the build, which runs it once to compile the code that every start needs, and for tests.
export { main, nodeSystem, ON_NODE }
