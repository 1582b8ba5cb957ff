// The programs in one executable: the name that it was called by says which of them it is.
import { exit, words } from 'host'
import { main } from './main.ts'
import { installGlobals } from './system/quickjs/globals.ts'
import { hostSystem } from './system/quickjs/system.ts'

async function run(): Promise<never> {
  // All of this module is evaluated first: the parts of the program that are loaded later import from it.
  await undefined
  const called = words[0] ?? ''
  return exit(await main(called.slice(called.lastIndexOf('/') + 1), words.slice(1), hostSystem))
}

installGlobals()
export const ended = run()
