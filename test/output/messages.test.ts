// The message of an error and its status, in the reference's words where it has them.

import { describe, expect, it } from '@jest/globals'
import {
  DecodeError,
  describeErrno,
  errnoName,
  KernelError,
  ListingError,
  TransportError,
  UnavailableError,
  UsageError,
} from '../../lib/model/errors.ts'
import { describe as say } from '../../lib/output/messages.ts'
import { statusOfError } from '../../lib/status.ts'

const NOT_THERE = 'Scheduler or persistence engine not found'
const INVALID = 'Invalid operation.  Possibly wrong module version, address not unicast, ...'

describe('messages of kernel errors', () => {
  it.each([
    ['NEW_SERVICE', 17, 'Service already exists', 255],
    ['NEW_SERVICE', 2, NOT_THERE, 255],
    ['SET_SERVICE', 3, 'No such service', 255],
    ['SET_SERVICE', 2, NOT_THERE, 255],
    ['DEL_SERVICE', 3, 'No such service', 255],
    ['ZERO', 3, 'No such service', 255],
    ['GET_SERVICE', 3, 'No such service', 1],
    ['NEW_DEST', 3, 'Service not defined', 255],
    ['NEW_DEST', 17, 'Destination already exists', 255],
    ['NEW_DEST', 22, INVALID, 255],
    ['NEW_DEST', 34, 'Numerical result out of range', 255],
    ['SET_DEST', 2, 'No such destination', 255],
    ['DEL_DEST', 2, 'No such destination', 255],
    ['DEL_DEST', 3, 'Service not defined', 255],
    ['NEW_DAEMON', 17, 'Daemon has already run', 255],
    ['NEW_DAEMON', 19, 'No such device', 255],
    ['NEW_DAEMON', 101, 'Network is unreachable', 255],
    ['DEL_DAEMON', 3, 'No daemon is running', 255],
    ['FLUSH', 1, 'Permission denied (you must be root)', 255],
    ['SET_CONFIG', 22, INVALID, 255],
    ['GET_DAEMON', 12, 'Memory allocation problem', 1],
    ['FLUSH', 4095, 'Unknown error 4095', 255],
  ])('%s, errno %d: %s', (request, errno, message, status) => {
    const error = new KernelError(errno, request)
    expect(say(error)).toBe(message)
    expect(statusOfError(error)).toBe(status)
  })

  it("the kernel's own words follow, where there are some", () => {
    const error = new KernelError(22, 'SET_CONFIG', undefined, 'Attribute failed policy validation')
    expect(say(error)).toBe(`${INVALID} (the kernel: Attribute failed policy validation)`)
    expect(error.message).toBe('SET_CONFIG: Invalid argument (Attribute failed policy validation)')
  })

  it('an error has its request, errno and name', () => {
    expect(new KernelError(17, 'NEW_SERVICE')).toMatchObject({
      code: 'EEXIST',
      errno: 17,
      request: 'NEW_SERVICE',
      message: 'NEW_SERVICE: File exists',
    })
    expect([1, 122, 0, 4095].map(errnoName)).toEqual(['EPERM', 'EDQUOT', 'E0', 'E4095'])
    expect([1, 122, 0, 4095].map(describeErrno)).toEqual([
      'Operation not permitted',
      'Disk quota exceeded',
      'Unknown error 0',
      'Unknown error 4095',
    ])
  })
})

describe('other errors', () => {
  const available = "Can't initialize ipvs: Protocol not available"
  it.each([
    [new UsageError('unexpected argument foo'), 'unexpected argument foo', 2],
    [new UsageError('-Q: unknown option', 'syntax'), '-Q: unknown option', 255],
    [
      new UnavailableError('Protocol not available'),
      `${available}\nAre you sure that IP Virtual Server is built in the kernel or as module?`,
      2,
    ],
    [
      new DecodeError('GET_DEST/DEST/ADDR', '3 bytes instead of 16'),
      'malformed reply from the kernel: GET_DEST/DEST/ADDR: 3 bytes instead of 16',
      255,
    ],
    [new TransportError('the kernel does not answer', 'ETIMEDOUT'), 'the kernel does not answer', 255],
    [new ListingError('cannot open file /proc/net/ip_vs_conn'), 'cannot open file /proc/net/ip_vs_conn', 1],
    [new Error('anything else'), 'anything else', 255],
  ])('%s', (error, message, status) => {
    expect(say(error)).toBe(message)
    expect(statusOfError(error)).toBe(status)
  })
})
