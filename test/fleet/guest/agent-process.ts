// An agent in a process of its own, over a fake kernel in another one, or in its own.
//
//   node agent-process.js CONFIGURATION KERNEL-SOCKET|own [CLOCK-SKEW]
import { connect } from 'node:net'
import { run } from '../../../lib/agent/agent-command.ts'
import type { Transport } from '../../../lib/netlink/transport.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import { FakeKernel } from '../../support/fake-kernel/fake-kernel.ts'
import { FrameReader, frame } from '../support/frames.ts'

const [, , config = '', kernel = '', skew = '0'] = process.argv

// The clock of this machine is wrong.
const RealDate = Date
if (skew !== '0') {
  const wrong = Number(skew)
  globalThis.Date = class extends RealDate {
    constructor(...words: readonly []) {
      if (words.length === 0) super(RealDate.now() + wrong)
      else super(...words)
    }
    static override now(): number {
      return RealDate.now() + wrong
    }
  } as DateConstructor
}

function transport(): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connect(kernel)
    const reader = new FrameReader()
    let port: number | undefined
    const waiting: ((bytes: Buffer) => void)[] = []
    socket.on('error', reject)
    socket.on('data', (bytes: Buffer) => {
      for (const one of reader.take(bytes)) {
        if (port !== undefined) {
          waiting.shift()?.(one)
          continue
        }
        port = one.readUInt16LE()
        resolve({
          port,
          send: (datagram) => void socket.write(frame(Buffer.concat([Buffer.from('s'), datagram]))),
          receive: () => {
            socket.write(frame(Buffer.from('r')))
            return new Promise((resolve) => waiting.push(resolve))
          },
          close: () => socket.destroy(),
        })
      }
    })
  })
}

const own = new FakeKernel()

// Each director has a kernel, so there is no lock between them.
const { lock: _, ...system } = nodeSystem
run(
  { action: 'run', config },
  {
    ...system,
    privileged: true,
    transport: kernel === 'own' ? async () => own.connect() : transport,
    loadModule: async () => {},
  },
).then((outcome) => process.exit(outcome === 'done' ? 0 : 1))
