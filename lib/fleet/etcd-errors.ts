// Failures of calls to etcd → errors of the store: by the status of gRPC, and by etcd's words where several have one status.
import { type ServiceError, status } from '@grpc/grpc-js'
import { StoreError, type StoreFailure } from './store.ts'

/** Parts of etcd's messages (its rpctypes/error.go); the first that occurs counts, before the status. */
const BY_WORDS: readonly (readonly [string, StoreFailure])[] = [
  ['request is too large', 'too-large'],
  ['larger than max', 'too-large'],
  ['database space exceeded', 'full'],
  ['required revision has been compacted', 'compacted'],
  ['requested lease not found', 'no-lease'],
  ['permission denied', 'denied'],
  ['invalid auth token', 'unauthenticated'],
  ['revision of auth store is old', 'unauthenticated'],
  ['user name is empty', 'unauthenticated'],
  ['invalid user ID or password', 'unauthenticated'],
  ['no leader', 'unavailable'],
  // Of a member whose own time for the call is over, or which stops: etcd 3.4 has no status for these.
  ['context deadline exceeded', 'unavailable'],
  ['context canceled', 'unavailable'],
]

const BY_STATUS: Readonly<Partial<Record<status, StoreFailure>>> = {
  [status.UNAVAILABLE]: 'unavailable',
  [status.DEADLINE_EXCEEDED]: 'unavailable',
  // A member that stops ends its calls like this.
  [status.CANCELLED]: 'unavailable',
  [status.PERMISSION_DENIED]: 'denied',
  [status.UNAUTHENTICATED]: 'unauthenticated',
}

const MEANINGS: Readonly<Partial<Record<StoreFailure, string>>> = {
  'too-large': 'more than etcd takes in a request (its --max-request-bytes)',
  full: 'etcd takes no more data: its database has reached --quota-backend-bytes',
}

/** Said of what answers, but not as a member does. */
const STRANGER = /Received (HTTP|RST_STREAM)|Protocol error/

/** The words of the library without what people have no use for. */
function plain(words: string): string {
  const text = words
    .replace(/ *Resolution note: *$/, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[^)]*\)/, '')
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/^Deadline exceeded after .*$|^context deadline exceeded$/s, 'there is no answer')
    .replace(/\.$/, '')
  return STRANGER.test(text) ? `it does not answer as etcd does: ${text}` : text
}

/**
 * Whether the member is there, but cannot do it now, such as while a leader is elected. One that has not got the call is not
 * there: then the words name no address.
 */
export function mayPass(error: Error): boolean {
  return /etcdserver: |^Deadline exceeded .*remote_addr=|^context deadline exceeded$/s.test(
    (error as Partial<ServiceError>).details || error.message,
  )
}

export function storeError(error: Error): StoreError {
  if (error instanceof StoreError) return error
  const { code, details } = error as Partial<ServiceError>
  const said = details || error.message
  const words = plain(said)
  const known = BY_WORDS.find(([part]) => said.includes(part))?.[1]
  const byStatus = code === undefined ? undefined : BY_STATUS[code]
  const failure = known ?? byStatus ?? (STRANGER.test(words) ? 'unavailable' : 'other')
  return new StoreError(failure, MEANINGS[failure] ?? words)
}
