// The words of failures, from those of the library and of etcd.

import { status } from '@grpc/grpc-js'
import { describe, expect, it } from '@jest/globals'
import { storeError } from '../../lib/fleet/etcd-errors.ts'

describe('a call that fails', () => {
  it.each([
    ['Deadline exceeded after 5.000s,Waiting for LB pick', 'there is no answer'],
    ['Deadline exceeded after 5.006s,name resolution: 0.001s,Waiting for LB pick', 'there is no answer'],
    [
      'Deadline exceeded after 5.0s,metadata filters: 0.001s,remote_addr=127.0.0.1:2379',
      'there is no answer',
    ],
    [
      'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1',
      'connect ECONNREFUSED 127.0.0.1:1',
    ],
  ])('%s', (details, message) => {
    const error = Object.assign(new Error(details), { code: status.DEADLINE_EXCEEDED, details })
    expect(storeError(error)).toMatchObject({ failure: 'unavailable', message })
  })
})
