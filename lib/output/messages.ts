// The messages of errors, in the reference's words where it has the same error.
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
} from '../model/errors.ts'

const PROGRAM = 'ipvsadm'

/** The hint in an error's message; `describe` inserts the program's name. */
export const TRY_HELP = tryHelp(PROGRAM)

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

function refusal({ request, errno, explanation }: KernelError): string {
  const text = BY_REQUEST[request]?.[errno] ?? COMMON[errno] ?? describeErrno(errno)
  return explanation === undefined ? text : `${text} (the kernel: ${explanation})`
}

/** The hint for a command line without a command. Like the reference, uses the program's name as called. */
function tryHelp(program: string): string {
  return `Try \`${program} -h' or '${program} --help' for more information.`
}

/** The message in one line. */
export const describeInLine = (error: Error): string => describe(error).replaceAll('\n', '; ')

/**
 * The message, without the line end.
 * @param program the name of this program as called
 */
export function describe(error: Error, program = PROGRAM): string {
  if (error.message === TRY_HELP) return tryHelp(program)
  if (error instanceof KernelError) return refusal(error)
  if (error instanceof UnavailableError) {
    return `${error.message}\nAre you sure that IP Virtual Server is built in the kernel or as module?`
  }
  return error.message
}
