// Whole listings over generated answers of the kernel: they are the same with series of dumps in the C host and dump by dump.
import { processId } from 'host'
import { listBothWays } from '../../test/standalone/host/series-run.ts'
import { choices, same, target } from './tools.ts'

const PATH = `/dev/shm/ipvsadm-fuzz-${processId()}`

target(async (bytes) => {
  const random = choices(bytes)
  const { inSeries, oneByOne } = await listBothWays(PATH, random, { services: 4, servers: 3 })
  same(inSeries, oneByOne)
})
