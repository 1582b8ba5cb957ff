// A guest kernel with workers in it, for the tests of restores.
import { bundle } from '../../support/bundle.ts'
import { Guest, type Namespace, type Worker } from '../../support/guest.ts'
import type { Outcome, Task } from './worker.ts'

/** Debian's ipvsadm, against which all is held. */
export const REFERENCE = '/sbin/ipvsadm'

/** Boots a kernel; throws if the reference is missing there. */
export async function startGuest(): Promise<Guest> {
  const guest = await Guest.start()
  const { status } = await guest.run([REFERENCE, '-Ln'])
  if (status !== 0) throw new Error(`there is no reference to compare with: ${REFERENCE}`)
  return guest
}

/** Our programs in one process, in a namespace. */
export class Ours {
  private constructor(
    readonly namespace: Namespace,
    readonly worker: Worker,
  ) {}

  static async start(namespace: Namespace): Promise<Ours> {
    const worker = await bundle('restore/guest/worker.ts', 'restore-worker.cjs')
    return new Ours(namespace, await namespace.worker([process.execPath, worker]))
  }

  async ask<T>(task: Task): Promise<T> {
    const answer = (await this.worker.request(task)) as T & { error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }

  async run(program: string, words: readonly string[] = [], input = ''): Promise<Outcome> {
    return await this.ask({ op: 'run', program, words, input })
  }

  async restore(input: string, ...words: string[]): Promise<Outcome> {
    return await this.run('ipvsadm-restore', words, input)
  }

  async state(): Promise<unknown> {
    return await this.ask({ op: 'state' })
  }
}

/** The reference's output for the whole state of a namespace. */
export async function listings(namespace: Namespace): Promise<string> {
  const views = [
    '-S -n',
    '-L -n --thresholds',
    '-L -n --tun-info',
    '-L -n --persistent-conn',
    '-L --timeout',
    '-L --daemon',
  ]
  // One process instead of six.
  const { status, stdout, stderr } = await namespace.run([REFERENCE, '-R'], {
    stdin: `${views.join('\n')}\n`,
  })
  if (status !== 0) throw new Error(`the reference cannot list: ${stderr}`)
  return `${stdout}${stderr}`
}
