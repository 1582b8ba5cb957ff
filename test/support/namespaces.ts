// A machine's network namespaces in memory, in the place of the real ones.
import type { Entered, Namespaces } from '../../lib/system/system.ts'

/** The inode of the namespace that the process is in at first. */
export const OWN = 4026531840

type Look = number | string | undefined

export interface Machine {
  /** Inodes by the path of the file; undefined: a plain file; a text: the code of the error; or what each look gives. */
  readonly files: Readonly<Record<string, Look | (() => Look)>>
  /** Tables by inode, as /proc/net/ip_vs has them. */
  readonly tables?: Readonly<Record<number, string>>
  /** The end of the program that runs in another namespace; `entered` if this process goes there. */
  readonly enter?: (path: string, words: readonly string[]) => Entered
}

export const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code })

export class StandIn implements Namespaces {
  /** The calls of `enter`. */
  readonly entered: (readonly [path: string, words: readonly string[]])[] = []
  readonly #machine: Machine

  constructor(machine: Machine) {
    this.#machine = {
      ...machine,
      files: { '/proc/self/ns/net': OWN, ...machine.files },
    }
  }

  list(directory: string): readonly string[] {
    const names = Object.keys(this.#machine.files)
      .filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1).split('/')[0]!)
    if (names.length === 0) throw failure('ENOENT')
    return [...new Set(names)]
  }

  inode(path: string): number | undefined {
    if (!(path in this.#machine.files)) throw failure('ENOENT')
    const given = this.#machine.files[path]
    const file = typeof given === 'function' ? given() : given
    if (typeof file === 'string') throw failure(file)
    return file
  }

  async read(path: string, file: string): Promise<string> {
    if (file !== '/proc/self/net/ip_vs') throw failure('ENOENT')
    return this.table(path)
  }

  /** The text of the table of the namespace that a file stands for. */
  table(path: string): string {
    return this.#machine.tables?.[this.inode(path) ?? 0] ?? EMPTY
  }

  async enter(path: string, words: readonly string[]): Promise<Entered> {
    this.inode(path)
    this.entered.push([path, words])
    return this.#machine.enter?.(path, words) ?? 'entered'
  }
}

export const EMPTY = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`

/** A service with two servers: 3 active connections and 4 inactive ones, and 10. */
export const TABLE = `${EMPTY}TCP  C0000201:0050 wlc persistent 300 FFFFFFFF
  -> C6336401:0050      Masq    1      3          4         
  -> [20010db8000000000000000000000001]:0050      Tunnel  1      0          10         
`
