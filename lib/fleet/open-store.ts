// The store of a cluster that settings describe. Nothing is asked yet.
import type { System } from '../system/system.ts'
import { EtcdStore } from './etcd-store.ts'
import { clusterSettings, type RawClusterSettings } from './fleet-settings.ts'
import type { Store } from './store.ts'
import { tlsProblem } from './tls-files.ts'

export function openStore(
  settings: RawClusterSettings,
  system: Pick<System, 'readFile' | 'fileMode'>,
): { readonly store: Store; readonly prefix: string } | { readonly problem: string } {
  const read = clusterSettings(settings, system)
  if ('problem' in read) return read
  const problem = tlsProblem(settings, read.cluster)
  return problem === undefined ? { store: new EtcdStore(read.cluster), prefix: read.prefix } : { problem }
}
