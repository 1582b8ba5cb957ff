// The programs on Node: runs one by its name and ends the process with its exit status.
import { main } from './main.ts'
import { nodeSystem } from './system/node/system.ts'

export function run(program: string): void {
  main(program, process.argv.slice(2), nodeSystem).then((status) => {
    // Does not wait for pending work, such as name look-ups.
    process.exit(status)
  })
}

// For the build, which runs this once to compile the code for every start.
export { main, nodeSystem }
