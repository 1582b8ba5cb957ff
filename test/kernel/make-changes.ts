// Makes the changes on stdin, as the kernel takes them; prints the numbers of those that it refuses, as JSON. Runs in a guest.
import { readFileSync } from 'node:fs'
import { openClient } from '../../lib/ipvs/open-client.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'

const client = await openClient(nodeSystem)
const failures = await client.applyAll(JSON.parse(readFileSync(0, 'utf8')))
const refused = [...failures.keys()].filter((at) => failures[at] !== undefined)
console.log(JSON.stringify(refused))
client.close()
