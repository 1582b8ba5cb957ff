// The programs in one executable: the name that it was called by says which of them it is.
import './system/quickjs/globals.ts'
import { exit, words } from 'host'
import { main } from './main.ts'
import { hostSystem } from './system/quickjs/system.ts'

const called = words[0] ?? ''
main(called.slice(called.lastIndexOf('/') + 1), words.slice(1), hostSystem).then(exit)
