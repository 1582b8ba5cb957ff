// Series of dumps: a listing over generated answers of the kernel is the same with a series in the C host and dump by dump.
import { processId } from 'host'
import { listBothWays } from '../../test/standalone/host/series-run.ts'
import { same, target } from './tools.ts'

target(async (bytes) => {
  // The input makes the choices of the generator; after its end they are zero.
  let at = 0
  const random = (below: number) => (bytes[at++] ?? 0) % below
  const { inSeries, oneByOne } = await listBothWays(`/dev/shm/ipvsadm-fuzz-${processId()}`, random)
  same(inSeries, oneByOne)
})
