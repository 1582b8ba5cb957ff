// The programs in one executable, selected by the name with which it was called.
import { exit, words } from 'host'
import { main } from './main.ts'
import { onStart } from './system/quickjs/event-loop.ts'
import { installGlobals } from './system/quickjs/globals.ts'
import { hostSystem } from './system/quickjs/system.ts'

/**
 * The program. What belongs to one process, like its words, is asked for here, because the modules come evaluated from a
 * snapshot (native/snapshot.c). Exported, as the bundler defers the modules of an entry without exports.
 */
export async function run(): Promise<never> {
  const [called = '', ...rest] = words()
  return exit(await main(called.slice(called.lastIndexOf('/') + 1), rest, hostSystem(called)))
}

installGlobals()
onStart(run)
