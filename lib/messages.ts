// What the user is told when something fails, in the reference's words where it has them.
import {
  describeErrno,
  EEXIST,
  EINVAL,
  ENOENT,
  ENOMEM,
  EPERM,
  ESRCH,
  KernelError,
  UnavailableError,
} from './errors.ts'

const COMMON: Readonly<Record<number, string>> = {
  [EPERM]: 'Permission denied (you must be root)',
  [EINVAL]: 'Invalid operation.  Possibly wrong module version, address not unicast, ...',
  [ENOMEM]: 'Memory allocation problem',
}

/** By the request's name in linux/ip_vs.h. */
const BY_REQUEST: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  NEW_SERVICE: { [EEXIST]: 'Service already exists', [ENOENT]: 'Scheduler or persistence engine not found' },
  SET_SERVICE: { [ESRCH]: 'No such service', [ENOENT]: 'Scheduler or persistence engine not found' },
  DEL_SERVICE: { [ESRCH]: 'No such service' },
  GET_SERVICE: { [ESRCH]: 'No such service' },
  ZERO: { [ESRCH]: 'No such service' },
  NEW_DEST: { [ESRCH]: 'Service not defined', [EEXIST]: 'Destination already exists' },
  SET_DEST: { [ESRCH]: 'Service not defined', [ENOENT]: 'No such destination' },
  DEL_DEST: { [ESRCH]: 'Service not defined', [ENOENT]: 'No such destination' },
  NEW_DAEMON: { [EEXIST]: 'Daemon has already run' },
  DEL_DAEMON: { [ESRCH]: 'No daemon is running' },
}

function refusal({ request, errno }: KernelError): string {
  return BY_REQUEST[request]?.[errno] ?? COMMON[errno] ?? describeErrno(errno)
}

/** The message, without the line end. */
export function describe(error: Error): string {
  if (error instanceof KernelError) return refusal(error)
  if (error instanceof UnavailableError) {
    return `${error.message}\nAre you sure that IP Virtual Server is built in the kernel or as module?`
  }
  return error.message
}
