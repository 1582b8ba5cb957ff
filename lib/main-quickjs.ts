// The programs in one executable: the name that it was called by says which of them it is.
import './system/quickjs/globals.ts'
import { exit, words } from 'host'
import { main } from './main.ts'
import { hostSystem } from './system/quickjs/system.ts'

const called = words[0] ?? ''
const run = () => main(called.slice(called.lastIndexOf('/') + 1), words.slice(1), hostSystem)
// This module is evaluated first: the parts of the program that are loaded later import from it.
Promise.resolve().then(run).then(exit)
