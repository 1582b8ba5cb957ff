// Takes from the standalone binary what Bun's runtime lets the environment decide: which code runs before the program or
// instead of it, who may debug it, which files it writes, where a crash is reported. (A binary with a file capability, or
// one that sudo starts with its caller's environment, would hand its privilege to any code.) Bun has no option for that.
import { readFileSync, writeFileSync } from 'node:fs'

const VARIABLES = [
  'BUN_OPTIONS',
  'BUN_BE_BUN',
  'BUN_INSPECT',
  'BUN_INSPECT_CONNECT_TO',
  'BUN_INSPECT_NOTIFY',
  'BUN_INSPECT_PRELOAD',
  'BUN_BYTECODE_DIGEST_OUT',
  'BUN_BYTECODE_ORDER_NAMES_OUT',
  'BUN_BYTECODE_ORDER_OUT',
  'BUN_CRASH_REPORT_URL',
  'BUN_ENABLE_CRASH_REPORTING',
  'BUN_RUNTIME_TRANSPILER_CACHE_PATH',
  'BUN_TMPDIR',
  'NODE_COMPILE_CACHE',
]

/**
 * Each name gets a NUL for its first letter, which no variable has. Throws if one is not there: then another version of
 * Bun reads its variables in another way, which has to be looked at.
 */
export function forgetVariables(file) {
  const binary = readFileSync(file)
  // The longest first: a name may begin another.
  for (const name of VARIABLES.toSorted((a, b) => b.length - a.length)) {
    let at = binary.indexOf(name)
    if (at < 0) throw new Error(`${file} does not know ${name}`)
    for (; at >= 0; at = binary.indexOf(name, at + 1)) binary[at] = 0
  }
  writeFileSync(file, binary)
}
