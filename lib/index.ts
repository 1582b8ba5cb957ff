// The library's public API: IPVS for Node.js. See docs/library.md.
import { CONNECTION_LIST } from './ipvs/connection-list.ts'
import { type ChangeRequest, kernelChange } from './library/changes.ts'
import { LibraryClient, type OpenOptions } from './library/library-client.ts'
import { type RulesRead, readRules as readRulesWith } from './library/rule-files.ts'
import { formatChange as formatKernelChange } from './rules/change-lines.ts'
import { findNamespace, NamespaceError } from './system/find-namespaces.ts'
import { OWN_NAMESPACE } from './system/namespace-files.ts'
import { nodeSystem } from './system/node/system.ts'

export type { CallOptions, ReadOptions } from './ipvs/client.ts'
export { type Connection, type ConnectionEndpoint, isTemplate } from './ipvs/connection-list.ts'
export type { ChangeRequest, LibraryChange as Change } from './library/changes.ts'
export type { ServerName, ServiceName } from './library/ids.ts'
export {
  type AddOptions,
  type ConnectionOptions,
  LibraryClient as IpvsClient,
  type OpenOptions,
} from './library/library-client.ts'
export type {
  Persistence,
  ServerOptions,
  ServerSettings,
  ServiceFlag,
  ServiceOptions,
  ServiceSettings,
  TunnelFlag,
} from './library/library-settings.ts'
export type { LibraryPlanOptions as PlanOptions, Plan, UndoResult } from './library/plans.ts'
export type {
  ApplyOptions,
  LibraryPlanStep as PlanStep,
  LibraryRefusedStep as RefusedStep,
  RestoreOutcome,
} from './library/restore-outcome.ts'
export type { RuleProblem, RulesRead } from './library/rule-files.ts'
export {
  formatRules,
  type LibraryRuleset as Ruleset,
  type LibraryWantedServer as WantedServer,
  type LibraryWantedService as WantedService,
} from './library/rulesets.ts'
export type {
  LibraryServer as Server,
  LibraryService as Service,
  LibraryVirtualService as VirtualService,
} from './library/table.ts'
export { changesBetween, type TableReading, type WatchOptions, watch } from './library/watch.ts'
export { type Address, type Family, familyOf, parseAddress } from './model/address.ts'
export type { ChangeKind, ChangeSubject } from './model/change.ts'
export {
  type DestinationId as ServerId,
  type DestinationObservation as ServerObservation,
  destinationKey as serverKey,
  type ForwardingMethod,
  type TunnelType,
} from './model/destination.ts'
export type { Info, SyncDaemon, SyncState, Timeouts } from './model/director.ts'
export {
  DecodeError,
  KernelError,
  ListingError,
  TransportError,
  UnavailableError,
} from './model/errors.ts'
export {
  type AddressServiceId,
  type FwmarkServiceId,
  isFwmark,
  type Protocol,
  type ServiceId,
  type ServiceObservation,
  serviceKey,
} from './model/service.ts'
export type { Stats } from './model/stats.ts'
export type { Transport } from './netlink/transport.ts'
export type { Phase } from './reconcile/phases.ts'
export { NamespaceError } from './system/find-namespaces.ts'

export interface ConnectOptions extends Pick<OpenOptions, 'answerTimeout'> {
  /** Aborts the opening. */
  readonly signal?: AbortSignal
  /** Whether to load ip_vs when the kernel does not have it. Default: true. */
  readonly loadModule?: boolean
  /**
   * The network namespace: its name, a path, or a process id. Node.js cannot change namespaces: any other than the process's own
   * is an error with the command line that starts the program in it.
   */
  readonly netns?: string
}

/**
 * Opens a connection with ip_vs in the process's network namespace; loads the module if it is missing.
 * Close it when done. Rejects with an UnavailableError when there is no ip_vs or no permission.
 */
export async function connect({
  signal,
  loadModule = true,
  netns,
  answerTimeout,
}: ConnectOptions = {}): Promise<LibraryClient> {
  signal?.throwIfAborted()
  if (netns !== undefined) stayIn(netns)
  const another = () => nodeSystem.transport()
  const client = await LibraryClient.open({
    transport: await another(),
    another,
    privileged: nodeSystem.privileged,
    readConnections: () => nodeSystem.readChunks(CONNECTION_LIST),
    ...(loadModule && { loadModule: () => nodeSystem.loadModule() }),
    ...(answerTimeout !== undefined && { answerTimeout }),
  })
  if (signal?.aborted) {
    client.close()
    throw signal.reason
  }
  return client
}

/** Throws an error with instructions, unless the process is in this namespace. */
function stayIn(netns: string): void {
  const { namespaces } = nodeSystem
  if (namespaces === undefined) return
  const { path, inode } = findNamespace(netns, namespaces)
  if (inode === namespaces.inode(OWN_NAMESPACE)) return
  throw new NamespaceError(
    `Node.js cannot change its network namespace: start the program in it, nsenter --net=${path} node …`,
    'ENOTSUP',
  )
}

/**
 * Reads rule lines, as ipvsadm-save prints them, or a JSON document. Errors are data: it never rejects because of the
 * contents. Host names are looked up by the machine's configuration.
 */
export async function readRules(text: string): Promise<RulesRead> {
  return await readRulesWith(text, nodeSystem.names)
}

/** The rule line that makes a change. Throws a RangeError for a value that cannot be sent. */
export function formatChange(change: ChangeRequest): string {
  return formatKernelChange(kernelChange(change))
}
