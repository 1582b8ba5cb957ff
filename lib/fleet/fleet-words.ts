// The words of `ipvsadm fleet` → what its actions need. Throws a UsageError.
import { readText } from '../commands/file-options.ts'
import { refuse } from '../grammar/refusals.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { System } from '../system/system.ts'
import { parseBatch, parseSeconds } from './cluster-words.ts'
import { Fleet } from './fleet.ts'
import { isFleetName } from './fleet-keys.ts'
import { parseClusterSettings, type RawClusterSettings } from './fleet-settings.ts'
import type { RevisionRecord } from './fleet-values.ts'
import { openStore } from './open-store.ts'
import type { WaveSizes } from './target.ts'

/** Read if it is there and no other is named. */
const SETTINGS = '/etc/ipvsadm/fleet.yaml'

export function openFleet(args: OptionValues, system: System): Fleet {
  const opened = openStore({ ...fileSettings(args, system), ...givenSettings(args) }, system)
  return 'problem' in opened ? refuse(opened.problem) : new Fleet(opened.store, opened.prefix)
}

function givenSettings(args: OptionValues): RawClusterSettings {
  const endpoints = ((args.endpoints ?? []) as readonly string[]).flatMap((word) => word.split(','))
  const texts = ['prefix', 'ca', 'cert', 'key', 'login'].filter((name) => args[name] !== undefined)
  return {
    ...(endpoints.length > 0 && { endpoints }),
    ...Object.fromEntries(texts.map((name) => [name, String(args[name])])),
  }
}

function fileSettings(args: OptionValues, system: System): RawClusterSettings {
  const path = args.settings === undefined ? SETTINGS : String(args.settings)
  let text: string
  if (args.settings !== undefined) text = readText(path, system)
  else {
    try {
      text = new TextDecoder().decode(system.readFile(path))
    } catch (error) {
      if ((error as { readonly code?: string }).code === 'ENOENT') return {}
      throw error
    }
  }
  const read = parseClusterSettings(text)
  return 'problem' in read ? refuse(`${path}: ${read.problem}`) : read.settings
}

/** The group that is named; without one, the only one there is. */
export async function groupOf(args: OptionValues, fleet: Fleet): Promise<string> {
  if (args.group !== undefined) return nameOf(String(args.group), 'group')
  const groups = await fleet.groups()
  if (groups.length === 1) return groups[0]!
  return refuse(
    groups.length === 0
      ? 'there are no revisions yet: see fleet push'
      : `which group? --group ${groups.join(', --group ')}`,
  )
}

export function nameOf(text: string, what: string): string {
  return isFleetName(text)
    ? text
    : refuse(
        `invalid ${what} \`${text}': must be a letter or digit, then letters, digits, dots, dashes and underscores, 63 at most`,
      )
}

function revisionOf(word: unknown): number {
  const text = String(word ?? '')
  if (!/^[1-9]\d{0,7}$/.test(text)) return refuse(`invalid revision \`${text}': must be a number from 1`)
  return Number(text)
}

/** The record of a revision that is named. */
export async function recordOf(word: unknown, group: string, fleet: Fleet): Promise<RevisionRecord> {
  const revision = revisionOf(word)
  const record = await fleet.record(group, revision)
  if (record !== undefined) return record
  const { current } = await fleet.group(group)
  return refuse(
    revision < (current?.revision ?? 0)
      ? `${group}: revision ${revision} is no longer kept (fleet prune): see fleet history`
      : `${group} has no revision ${revision}: see fleet history`,
  )
}

export interface RolloutWords {
  readonly sizes: WaveSizes
  readonly wait: number
  readonly patience: number
}

/** Undefined: all directors at once. */
export function rolloutOf(args: OptionValues): RolloutWords | undefined {
  const { canary, batch, wait, patience } = args
  if (canary === undefined && batch === undefined) {
    return undefined
  }
  const first = String(canary ?? 0)
  if (!/^\d{1,5}$/.test(first)) return refuse(`invalid number of directors \`${canary}'`)
  const most = secondsOf(patience ?? '2m')
  if (most === 0) return refuse(`invalid time \`${patience}': a wave needs some`)
  return {
    sizes: {
      canary: Number(first),
      batch:
        parseBatch(String(batch ?? '100%')) ??
        refuse(`invalid batch \`${batch}': must be a number of directors, or a percentage such as 25%`),
    },
    wait: secondsOf(wait ?? '10s'),
    patience: most,
  }
}

const secondsOf = (word: unknown): number =>
  parseSeconds(String(word)) ?? refuse(`invalid time \`${word}': must be like 30s or 5m`)
