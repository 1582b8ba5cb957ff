// Checks of the series of dumps in the C host (native/series.c): they send and print what the program does dump by dump.
import { readSeries } from 'host'
import type { CheckTools } from './check-tools.ts'
import { listBothWays } from './series-run.ts'

interface Tools extends Pick<CheckTools, 'rounds' | 'random' | 'equal'> {
  readonly folder: string
}

const EINVAL = -22

export function seriesChecks({ folder, rounds, random, equal }: Tools) {
  return {
    async 'readSeries sends and prints what the program does, of usual and of other answers'() {
      let [read, whole] = [0, 0]
      for (let i = 0; i < 120 * rounds; i++) {
        const { dumps, inSeries, oneByOne } = await listBothWays(`${folder}/socket`, random, {
          services: 20,
          servers: 12,
        })
        equal(inSeries, oneByOne)
        read += dumps
        if (inSeries.error === '') whole++
      }
      equal([read, whole, read > 500, whole > 40], [read, whole, true, true])
    },
    'readSeries refuses what does not fit'() {
      const [none, bytes, fields, numbers] = [
        new Uint8Array(0),
        new Uint8Array(64),
        new Uint32Array(6),
        new Uint32Array(9),
      ]
      const list = new Uint8Array(16)
      const lists = [list, none, undefined, 0, list, none] as const
      const beyond = Uint32Array.of(0, 0, 0, 0, 0, 1, 65, 0, 0)
      equal(
        [
          readSeries(-1, bytes, fields, bytes, numbers, bytes, list, none, undefined, -1, list, none),
          readSeries(-1, bytes, new Uint32Array(5), bytes, numbers, bytes, ...lists),
          readSeries(-1, bytes, fields, none, numbers, bytes, ...lists),
          readSeries(-1, bytes, fields, bytes, new Uint32Array(8), bytes, ...lists),
          readSeries(-1, bytes, fields, bytes, numbers, bytes, none, none, undefined, 0, list, none),
          readSeries(-1, bytes, fields, bytes, numbers, bytes, list, none, undefined, 0, none, none),
          readSeries(-1, bytes, fields, bytes, beyond, bytes, ...lists),
        ],
        new Array(7).fill(EINVAL),
      )
    },
  }
}
