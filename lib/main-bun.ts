// The programs in one executable: which of them it is, the name that it was called under says.
import { main } from './main.ts'
import { bunSystem, exit } from './system/bun/system.ts'

const called = process.argv0
main(called.slice(called.lastIndexOf('/') + 1), process.argv.slice(2), bunSystem).then(exit)
