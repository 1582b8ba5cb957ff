// The part of etcd's interface (version 3, services etcdserverpb.*) that a fleet uses: one row a field, as in its rpc.proto.
import { field, list, type MessageType, message } from './protobuf.ts'

const HEADER = message({ revision: field(3, 'int') })

const KEY_VALUE = message({
  key: field(1, 'bytes'),
  createRevision: field(2, 'int'),
  modRevision: field(3, 'int'),
  value: field(5, 'bytes'),
  lease: field(6, 'long'),
})

const PUT = message({ key: field(1, 'bytes'), value: field(2, 'bytes'), lease: field(3, 'long') })

const REMOVE = message({ key: field(1, 'bytes') })

const OPERATION = message({ put: field(2, PUT), remove: field(3, REMOVE) })

/** Values of Compare.CompareTarget. */
export const COMPARE_MOD_REVISION = 2
/** A value of Event.EventType. */
export const EVENT_DELETE = 1

const COMPARE = message({ target: field(2, 'int'), key: field(3, 'bytes'), modRevision: field(6, 'int') })

const EVENT = message({ type: field(1, 'int'), entry: field(2, KEY_VALUE) })

interface Method<Q extends MessageType, A extends MessageType> {
  readonly path: string
  readonly request: Q
  readonly answer: A
}

const method = <Q extends MessageType, A extends MessageType>(
  path: string,
  request: Q,
  answer: A,
): Method<Q, A> => ({ path: `/etcdserverpb.${path}`, request, answer })

export const RANGE = method(
  'KV/Range',
  message({
    key: field(1, 'bytes'),
    end: field(2, 'bytes'),
    limit: field(3, 'int'),
    serializable: field(7, 'flag'),
    keysOnly: field(8, 'flag'),
  }),
  message({ header: field(1, HEADER), entries: list(2, KEY_VALUE) }),
)

export const TXN = method(
  'KV/Txn',
  message({ compare: list(1, COMPARE), success: list(2, OPERATION) }),
  message({ header: field(1, HEADER), succeeded: field(2, 'flag') }),
)

export const WATCH = method(
  'Watch/Watch',
  message({
    create: field(
      1,
      message({
        key: field(1, 'bytes'),
        end: field(2, 'bytes'),
        startRevision: field(3, 'int'),
        progressNotify: field(4, 'flag'),
      }),
    ),
  }),
  message({
    header: field(1, HEADER),
    created: field(3, 'flag'),
    canceled: field(4, 'flag'),
    compactRevision: field(5, 'int'),
    cancelReason: field(6, 'text'),
    events: list(11, EVENT),
  }),
)

export const GRANT = method(
  'Lease/LeaseGrant',
  message({ seconds: field(1, 'int') }),
  message({ lease: field(2, 'long'), error: field(4, 'text') }),
)

export const REVOKE = method('Lease/LeaseRevoke', message({ lease: field(1, 'long') }), message({}))

export const KEEP_ALIVE = method(
  'Lease/LeaseKeepAlive',
  message({ lease: field(1, 'long') }),
  message({ lease: field(2, 'long'), seconds: field(3, 'int') }),
)

export const TIME_TO_LIVE = method(
  'Lease/LeaseTimeToLive',
  message({ lease: field(1, 'long') }),
  message({ seconds: field(3, 'int'), granted: field(4, 'int') }),
)

export const AUTHENTICATE = method(
  'Auth/Authenticate',
  message({ name: field(1, 'text'), password: field(2, 'text') }),
  message({ token: field(2, 'text') }),
)
