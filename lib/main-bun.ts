// The programs in one executable, which runs the one that it was called as.
import { main } from './main.ts'
import { bunSystem, exit } from './system/bun/system.ts'

const called = process.argv0
main(called.slice(called.lastIndexOf('/') + 1), process.argv.slice(2), bunSystem).then(exit)
