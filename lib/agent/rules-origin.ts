// The origin of the rules of a running agent: a file that is watched, or a fleet.

import { hostname } from 'node:os'
import { version } from '../../package.json'
import { isFleetName } from '../fleet/fleet-keys.ts'
import type { RawClusterSettings } from '../fleet/fleet-settings.ts'
import type { Store } from '../fleet/store.ts'
import type { FleetStatus } from '../model/fleet-state.ts'
import type { System } from '../system/system.ts'
import type { Clock } from './clock.ts'
import type { RulesSource } from './config/config.ts'
import { FleetDirector } from './fleet/fleet-director.ts'
import type { FleetFigures } from './fleet/group-report.ts'
import { hostText } from './fleet/host-text.ts'
import type { Log } from './log.ts'
import type { LoopStatus } from './loop-status.ts'
import { parseRules, type RulesFiles, type RulesOrProblems, RulesWatch, readRules } from './rules-watch.ts'

export interface RulesOrigin {
  start(): Promise<void>
  /** Resolves within a second. */
  stop(): Promise<void>
  /** Reads the rules again. */
  reload(): Promise<void>
  /** The loop has turned. */
  turned(status: LoopStatus): void
  /** For people. */
  readonly source: string
  /** Problems of the rules as they are there now; those in use may be older. */
  readonly problems: readonly string[]
  /** Both are those of a fleet only. */
  readonly figures?: FleetFigures
  fleetStatus?(): Promise<FleetStatus>
}

/** Opens the store of a fleet. */
export type OpenStore = (
  settings: RawClusterSettings,
) => Promise<{ readonly store: Store; readonly prefix: string } | { readonly problem: string }>

export interface RulesOriginOptions {
  readonly system: System
  readonly clock: Clock
  readonly files: RulesFiles
  readonly openStore: OpenStore
}

export interface OpenedRules {
  /** The rules that are there already; undefined: they come later. */
  readonly read: () => Promise<RulesOrProblems | undefined>
  /** @param take is called with the rules as they change, right or wrong */
  readonly origin: (log: Log, take: (result: RulesOrProblems) => void) => RulesOrigin
}

export async function openRules(
  source: RulesSource,
  options: RulesOriginOptions,
): Promise<OpenedRules | { readonly problems: readonly string[] }> {
  return 'file' in source ? openFile(source.file, options) : await openFleetRules(source.etcd, options)
}

function openFile(path: string, { system, clock, files }: RulesOriginOptions): OpenedRules {
  return {
    read: () => readRules(path, system, files),
    origin: (_, take) => {
      const watch = new RulesWatch({ path, system, clock, files, read: take })
      return {
        start: async () => watch.start(),
        stop: async () => watch.stop(),
        reload: () => watch.reload(),
        turned: () => void watch.look(),
        source: path,
        problems: [],
      }
    },
  }
}

async function openFleetRules(
  { cluster, name = hostname(), groups, copy }: Extract<RulesSource, { etcd: unknown }>['etcd'],
  { system, clock, openStore }: RulesOriginOptions,
): Promise<OpenedRules | { readonly problems: readonly string[] }> {
  const wrong = directorNameProblem(name)
  if (wrong !== undefined) return { problems: [wrong] }
  const opened = await openStore(cluster)
  if ('problem' in opened) return { problems: [`rules.etcd: ${opened.problem}`] }
  return {
    read: async () => undefined,
    origin: (log, take) =>
      new FleetDirector({
        ...opened,
        name,
        host: hostText(),
        groups,
        copy,
        version,
        system,
        clock,
        random: Math.random,
        log,
        parse: (text) => parseRules(text, 'the document', system),
        take: (rules) => take({ rules, warnings: [] }),
      }),
  }
}

/** Why a name cannot be that of a director; undefined: it can. */
const directorNameProblem = (name: string): string | undefined =>
  isFleetName(name)
    ? undefined
    : `rules.etcd.name: \`${name}' is no name: letters, digits, dots, dashes, underscores, 63 at most`
