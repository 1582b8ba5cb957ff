// Writes native/start-functions.txt: the functions that short commands of the standalone executable use, which lie together in
// it. To be run after a change of the engine or the compiler; it needs valgrind, and takes a minute.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rulesOf } from './bench-plan.mjs'
import { commitDefinition } from './build-commit.mjs'
import { START_FUNCTIONS } from './build-native.mjs'
import { buildStandalone } from './build-standalone.mjs'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')

/** Runs each command in the test kernel, and prints what callgrind writes. */
const SCRIPT = `
  for words in -Q -h '-A -t 192.0.2.1:80' '-D -t 192.0.2.1:80' -R -Ln '-Ln --stats' -Sn '-Ln --timeout' -C; do
    valgrind --tool=callgrind --callgrind-out-file=/tmp/calls "$1/ipvsadm" $words <"$1/rules" >/dev/null 2>&1
    cat /tmp/calls
    echo end of command
  done`

const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-functions-'))
try {
  await buildStandalone(root, commitDefinition(root), { x64: join(folder, 'ipvsadm') }, true)
  writeFileSync(join(folder, 'rules'), rulesOf(3, 10))
  const words = ['sh', '-c', SCRIPT, 'sh', folder]
  const { status, stdout, stderr } = spawnSync(join(root, 'scripts/kernel'), words, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`status ${status}\n${stderr}`)
  const uses = new Map()
  for (const command of stdout.split('end of command')) {
    // Without what the compiler adds to the names of copies and parts.
    const names = [...command.matchAll(/^c?fn=\(\d+\) ([A-Za-z_]\w*)/gm)].map(([, name]) => name)
    for (const name of new Set(names)) uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  if (uses.size < 300) throw new Error(`${uses.size} functions only`)
  // Those of all commands first.
  const names = [...uses.keys()].sort().sort((a, b) => uses.get(b) - uses.get(a))
  writeFileSync(join(root, START_FUNCTIONS), `${names.join('\n')}\n`)
} finally {
  rmSync(folder, { recursive: true })
}
