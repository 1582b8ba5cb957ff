// Starts a program of dist/ by its name; reports a missing build in one line.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { constants, Script } = require('node:vm')

/** Runs a program by its name. @param {string} program */
function launch(program) {
  // A warning of the runtime on stderr would break programs that read it.
  process.removeAllListeners('warning')
  const bundle = join(__dirname, '..', 'dist', 'main.js')
  const source = read(bundle)
  if (source === undefined) {
    process.stderr.write(`${program}: not built yet: run scripts/build\n`)
    process.exitCode = 1
  } else load(bundle, source).run(program)
}

/**
 * The bundle, already compiled if the build was made here with this version of Node, which saves a quarter of the start.
 * Writes no cache: a program that runs as root must not write code.
 */
function load(bundle, source) {
  const cachedData = read(codeCache(bundle))
  if (cachedData === undefined) return require(bundle)
  const module = { exports: {} }
  compile(bundle, source, cachedData)(module.exports, require, module, bundle, join(bundle, '..'))
  return module.exports
}

/** A CommonJS module's function, as Node's own loader makes it. */
function compile(file, source, cachedData) {
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source.toString('latin1')}\n})`
  const script = new Script(wrapped, {
    filename: file,
    cachedData,
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  return Object.assign(script.runInThisContext(), { script })
}

const codeCache = (bundle) => `${bundle}.${process.version}-${process.arch}.cache`

function read(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

module.exports = Object.assign(launch, { codeCache, compile })
