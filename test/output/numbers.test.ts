// Every row was printed by the reference, ipvsadm 1.31, whose kernel replies had been patched to hold these values.
import { describe, expect, it } from '@jest/globals'
import { formatCount } from '../../lib/output/numbers.ts'

const SEEN: readonly (readonly [value: bigint, abbreviated: string, exact: string])[] = [
  [0n, '        0', '        0'],
  [1n, '        1', '        1'],
  [9999999n, '  9999999', '  9999999'],
  [10000000n, ' 10000000', ' 10000000'],
  [99999999n, ' 99999999', ' 99999999'],
  [100000000n, '  100000K', ' 100000000'],
  [149999999n, '  149999K', ' 149999999'],
  [999999999n, '  999999K', ' 999999999'],
  [1000000000n, '    1000M', ' 1000000000'],
  [1499999999n, '    1499M', ' 1499999999'],
  [2147483648n, '    2147M', ' 2147483648'],
  [4294967295n, '    4294M', ' 4294967295'],
  [4294967296n, '    4294M', ' 4294967296'],
  [99999999999n, '   99999M', ' 99999999999'],
  [100000000000n, '     100G', ' 100000000000'],
  [999999999999n, '     999G', ' 999999999999'],
  [1000000000000n, '    1000G', ' 1000000000000'],
  [99999999999999n, '   99999G', ' 99999999999999'],
  [100000000000000n, '     100T', ' 100000000000000'],
  [999999999999999n, '     999T', ' 999999999999999'],
  [1000000000000000n, '    1000T', ' 1000000000000000'],
  [9999999999999999n, '    9999T', ' 9999999999999999'],
  [9223372036854775807n, ' 9223372T', ' 9223372036854775807'],
  [9223372036854775808n, ' 9223372T', ' 9223372036854775808'],
  [9999999999999999999n, ' 9999999T', ' 9999999999999999999'],
  [10000000000000000000n, '10000000T', ' 10000000000000000000'],
  [18446744073709551615n, '18446744T', ' 18446744073709551615'],
]

describe('formatCount', () => {
  it.each(SEEN)('%s is %j, exactly %j', (value, abbreviated, exact) => {
    expect(formatCount(value, false)).toBe(abbreviated)
    expect(formatCount(value, true)).toBe(exact)
  })

  it('prints a number as the bigint of the same value', () => {
    for (const [value, abbreviated, exact] of SEEN) {
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) continue
      expect(formatCount(Number(value), false)).toBe(abbreviated)
      expect(formatCount(Number(value), true)).toBe(exact)
    }
  })
})
