// The programs as Node runs them: a program's name → its exit status on the process.
import { main } from './main.ts'
import { nodeSystem } from './system/node/system.ts'

export function run(program: string): void {
  main(program, process.argv.slice(2), nodeSystem).then((status) => {
    // Names that are still being looked up, say, are not waited for.
    process.exit(status)
  })
}

// For the build, which lets it run once to compile what every start needs.
export { main, nodeSystem }
