// The programs in one executable, selected by the name with which it was called.
import { exit, words } from 'host'
import { main } from './main.ts'
import { installGlobals } from './system/quickjs/globals.ts'
import { hostSystem } from './system/quickjs/system.ts'

async function run(): Promise<never> {
  // This module is evaluated completely first, because the parts that are loaded later import from it.
  await undefined
  const called = words[0] ?? ''
  return exit(await main(called.slice(called.lastIndexOf('/') + 1), words.slice(1), hostSystem))
}

installGlobals()
export const ended = run()
