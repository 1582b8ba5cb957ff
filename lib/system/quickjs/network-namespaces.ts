// Network namespaces for the standalone executable, which enters one by setns(2).
import { close, enterNetwork, list, open, readlink } from 'host'
import { inodeOf, MOUNTS, O_PATH, OWN_NAMESPACE } from '../namespace-files.ts'
import type { Namespaces } from '../system.ts'
import { call, systemError } from './calls.ts'

const READ_ONLY = 0

export function hostNamespaces(readFile: (path: string) => Uint8Array): Namespaces {
  return {
    list(directory) {
      const names = list(directory)
      if (typeof names === 'number') throw systemError('list', names)
      return names
    },
    inode: (path) =>
      opened(path, O_PATH, (descriptor) => {
        const target = readlink(`/proc/self/fd/${descriptor}`)
        if (typeof target === 'number') throw systemError('readlink', target)
        return inodeOf(target, () => new TextDecoder().decode(readFile(MOUNTS)))
      }),
    async read(path, file) {
      return opened(OWN_NAMESPACE, READ_ONLY, (own) => {
        enter(path)
        try {
          return new TextDecoder().decode(readFile(file))
        } finally {
          call('setns', () => enterNetwork(own))
        }
      })
    },
    async enter(path) {
      enter(path)
      return 'entered'
    },
  }
}

/** The process has one thread, so that all of it enters the namespace. */
function enter(path: string): void {
  opened(path, READ_ONLY, (descriptor) => void call('setns', () => enterNetwork(descriptor)))
}

function opened<T>(path: string, flags: number, work: (descriptor: number) => T): T {
  const descriptor = call('open', () => open(path, flags, 0))
  try {
    return work(descriptor)
  } finally {
    close(descriptor)
  }
}
