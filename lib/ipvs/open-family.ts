// A connection with the netlink family of ip_vs, which a command has before anything else of the client is loaded.
import { EPERM, KernelError, UnavailableError } from '../model/errors.ts'
import { GenericConnection } from '../netlink/generic-connection.ts'
import type { Transport } from '../netlink/transport.ts'
import type { System } from '../system/system.ts'

export interface KernelOptions {
  /** The socket, which is closed with the client. */
  readonly transport: Transport
  /** Loads the module; called once if the kernel has no ip_vs. */
  readonly loadModule?: () => Promise<void> | void
  /** Whether the caller may administer the network; determines the reason in an UnavailableError. Default: true. */
  readonly privileged?: boolean
  /**
   * The time to wait for an answer of the kernel, in milliseconds: 1 to 2,147,483,647, or Infinity.
   * Default: 30,000.
   */
  readonly answerTimeout?: number
}

// The family (linux/ip_vs.h).
export const IPVS_GENL_NAME = 'IPVS'
export const IPVS_GENL_VERSION = 1

const NO_MODULE = 'Protocol not available'
const NO_PERMISSION = 'Permission denied (you must be root)'

/** The kernel of this machine. */
export async function kernelOf(system: System): Promise<KernelOptions> {
  return {
    transport: await system.transport(),
    loadModule: () => system.loadModule(),
    privileged: system.privileged,
  }
}

/** Rejects with an UnavailableError when the kernel has no ip_vs. On failure the socket is closed. */
export async function openFamily(options: KernelOptions): Promise<GenericConnection> {
  const opened = await beginFamily(options)
  return await opened()
}

/**
 * Asks the kernel for ip_vs, and begins to load the module if it has none.
 * @returns waits for the module; rejects as `openFamily` does
 */
export async function beginFamily({
  transport,
  loadModule,
  privileged = true,
  answerTimeout,
}: KernelOptions): Promise<() => Promise<GenericConnection>> {
  let connection: GenericConnection
  try {
    connection = new GenericConnection(transport, { answerTimeout })
  } catch (error) {
    transport.close()
    throw error
  }
  const join = () => connection.join(IPVS_GENL_NAME, IPVS_GENL_VERSION)
  try {
    const isThere = await join()
    const loading = isThere ? undefined : loadModule?.()
    return async () => {
      try {
        await loading
        if (isThere || (loadModule !== undefined && (await join()))) return connection
        throw new UnavailableError(privileged ? NO_MODULE : NO_PERMISSION)
      } catch (error) {
        throw failure(connection, error)
      }
    }
  } catch (error) {
    throw failure(connection, error)
  }
}

/** Closes a connection whose first exchange has failed. The error for the caller. */
export function failure(connection: GenericConnection, error: unknown): unknown {
  connection.close()
  return error instanceof KernelError && error.errno === EPERM ? new UnavailableError(NO_PERMISSION) : error
}
