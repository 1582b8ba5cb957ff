// The store of a cluster that settings describe. Nothing is asked yet.
import type { System } from '../system/system.ts'
import { EtcdStore } from './etcd-store.ts'
import { clusterSettings, type RawClusterSettings } from './fleet-settings.ts'
import type { Store } from './store.ts'

export function openStore(
  settings: RawClusterSettings,
  { readFile }: Pick<System, 'readFile'>,
): { readonly store: Store; readonly prefix: string } | { readonly problem: string } {
  const read = clusterSettings(settings, readFile)
  return 'problem' in read ? read : { store: new EtcdStore(read.cluster), prefix: read.prefix }
}
