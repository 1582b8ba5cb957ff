// Starts a program of dist/ by its name; says in one line when there is none.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

module.exports = (program) => {
  // A warning of the runtime on stderr would break those who read it.
  process.removeAllListeners('warning')
  const bundle = join(__dirname, '..', 'dist', 'main.js')
  if (existsSync(bundle)) require(bundle).run(program)
  else {
    process.stderr.write(`${program}: not built yet: run scripts/build\n`)
    process.exitCode = 1
  }
}
