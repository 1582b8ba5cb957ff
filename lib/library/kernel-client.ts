// The client of the kernel, which can be lent to code that closes its client.
import { IpvsClient, type Opened } from '../ipvs/client.ts'
import type { KernelOptions } from '../ipvs/open-family.ts'

export class KernelClient extends IpvsClient {
  readonly #opened: Opened

  private constructor(opened: Opened) {
    super(opened)
    this.#opened = opened
  }

  static override async open(options: KernelOptions): Promise<KernelClient> {
    return new KernelClient(await IpvsClient.start(options))
  }

  /** The same connection; closing it has no effect. */
  lend(): IpvsClient {
    return new LentClient(this.#opened)
  }
}

/** A client over an open connection, which it does not close. */
class LentClient extends IpvsClient {
  constructor(opened: Opened) {
    super(opened)
  }

  override close(): void {}
}
