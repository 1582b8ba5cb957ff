// Compiles the bundle for this version of Node into a file beside it, which the launchers load. V8 compiles a function when it
// first runs, so this runs the usual commands on the fake kernel of the tests.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const require = createRequire(import.meta.url)
const { codeCache, compile } = require('../bin/launch.cjs')

const RULES = [
  '-A -t 192.0.2.1:80 -s wlc -p 60',
  '-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 10',
  '-A -t [2001:db8::1]:80',
  '-A -f 1',
]
const COMMANDS = [
  'ipvsadm -C',
  'ipvsadm -R',
  'ipvsadm -Ln',
  'ipvsadm -Ln --stats',
  'ipvsadm -Sn',
  'ipvsadm -E -t 192.0.2.1:80 -s rr',
  'ipvsadm -Q',
  'ipvsadm -h',
  'ipvsadm -v',
  'ipvsadm-restore',
  'ipvsadm check -',
  'ipvsadm diff -',
]

/** Compiles the bundle in the folder `dist`. */
export async function writeCodeCache(root, dist) {
  const bundle = join(dist, 'main.js')
  const run = compile(bundle, readFileSync(bundle))
  const module = { exports: {} }
  run(module.exports, createRequire(bundle), module, bundle, dirname(bundle))
  const { main, nodeSystem } = module.exports

  const kernel = new (await fakeKernel(root))()
  const silent = {
    writeOutput() {},
    writeError() {},
    readInput: () => Buffer.from(`${RULES.join('\n')}\n`),
    loadModule: async () => {},
  }
  const fake = { ...nodeSystem, ...silent, transport: async () => kernel.connect() }
  for (const command of COMMANDS) {
    const [program, ...words] = command.split(' ')
    await main(program, words, fake)
  }
  // The real socket, for a look-up: a refused option gets no further.
  await main('ipvsadm', ['-Q'], { ...nodeSystem, ...silent })
  writeFileSync(codeCache(bundle), run.script.createCachedData())
}

async function fakeKernel(root) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/support/fake-kernel/fake-kernel.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  })
  const module = { exports: {} }
  new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, require)
  return module.exports.FakeKernel
}
