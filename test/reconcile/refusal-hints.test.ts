// The usual reasons of the kernel's refusals.
import { describe, expect, it } from '@jest/globals'
import type { Change } from '../../lib/model/change.ts'
import { DESTINATION_DEFAULTS } from '../../lib/model/defaults.ts'
import type { Destination } from '../../lib/model/destination.ts'
import { EINVAL, ERANGE, KernelError } from '../../lib/model/errors.ts'
import { hintOf } from '../../lib/reconcile/refusal-hints.ts'

const service = { family: 'inet', protocol: 'tcp', address: '192.0.2.1', port: 80 } as const
const server = { family: 'inet', address: '198.51.100.1', port: 80 } as const

function hint(errno: number, config: Partial<Destination['config']>): string | undefined {
  const change: Change = {
    kind: 'add-server',
    service,
    server,
    config: { ...DESTINATION_DEFAULTS, ...config },
  } as Change
  return hintOf({ step: { change }, error: new KernelError(errno, 'NEW_DEST') } as never)
}

describe('the usual reason of the refusal of a server', () => {
  it('is its address', () => {
    expect(hint(EINVAL, {})).toMatch(/^the address is not unicast/)
  })

  it.each([{ upperThreshold: 2 ** 31 }, { upperThreshold: 2 ** 32 - 1, lowerThreshold: 2 ** 31 }])(
    'is a threshold that newer kernels do not take: %j',
    (config) => {
      expect(hint(EINVAL, config)).toBe('newer kernels, such as Linux 6.12, take thresholds up to 2147483647')
    },
  )

  it('is the order of its thresholds', () => {
    expect(hint(ERANGE, { lowerThreshold: 2 ** 31 })).toMatch(/^the lower threshold is above the upper one/)
  })
})
