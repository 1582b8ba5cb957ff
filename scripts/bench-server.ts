// `ipvsadm serve` over a fake kernel in another process: descriptor 3 is its netlink socket, with frames as datagrams.
//
//   scripts/bench-serve runs it with the netlink port of the socket
import { run } from '../lib/serve/serve-command.ts'
import { nodeSystem } from '../lib/system/node/system.ts'
import { FrameTransport } from '../test/support/fake-kernel/frame-transport.ts'

const SOCKET = 3
const port = Number(process.argv[2])
const HEADING = Buffer.from('Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires\n')

await run(
  { listen: '127.0.0.1:0' },
  {
    ...nodeSystem,
    loadModule: async () => {},
    transport: async () => new FrameTransport({ requests: SOCKET, replies: SOCKET }, port),
    readChunks: () => [HEADING],
  },
)
