// Features of network devices by the family `ethtool` (linux/ethtool_netlink.h, Linux 5.6). Changes nothing.
import { decodeText } from '../model/bytes.ts'
import { type Received, walk } from './attributes.ts'
import { GenericConnection } from './generic-connection.ts'
import type { Transport } from './transport.ts'

const ETHTOOL_GENL_VERSION = 1
const ETHTOOL_MSG_FEATURES_GET = 11
/** linux/netlink.h; newer families require it. */
const NLA_F_NESTED = 0x8000
const NAME = 'ETHTOOL_MSG_FEATURES_GET'

/** ETHTOOL_A_FEATURES_* */
const FEATURES = { HEADER: 1, ACTIVE: 4 } as const
const ETHTOOL_A_HEADER_DEV_NAME = 2
const ETHTOOL_A_BITSET_BITS = 3
const ETHTOOL_A_BITSET_BITS_BIT = 1
const ETHTOOL_A_BITSET_BIT_NAME = 2

/** The names of the devices with this feature enabled, such as `rx-lro`; none if the kernel does not support the query. */
export async function devicesWith(feature: string, transport: Transport): Promise<string[]> {
  const connection = new GenericConnection(transport)
  try {
    if (!(await connection.join('ethtool', ETHTOOL_GENL_VERSION))) return []
    let names: string[] = []
    await connection.dump(
      {
        command: ETHTOOL_MSG_FEATURES_GET,
        name: NAME,
        write: (writer) => writer.end(writer.begin(FEATURES.HEADER | NLA_F_NESTED)),
      },
      {
        onReply(data, start, end) {
          const device = readDevice(data, start, end, feature)
          if (device !== undefined) names.push(device)
        },
        restart() {
          names = []
        },
        isConsistent: () => true,
      },
    )
    return names
  } finally {
    connection.close()
  }
}

/** The device's name if the feature is active. A set without a mask lists its bits by name. */
function readDevice(data: Received, start: number, end: number, feature: string): string | undefined {
  let device = ''
  let active = false
  walk(data, start, end, NAME, (type, from, to) => {
    if (type === FEATURES.HEADER) {
      walk(data, from, to, `${NAME}/HEADER`, (inner, first, last) => {
        if (inner === ETHTOOL_A_HEADER_DEV_NAME) device = readString(data, first, last)
      })
    }
    if (type !== FEATURES.ACTIVE) return
    walk(data, from, to, `${NAME}/ACTIVE`, (inner, first, last) => {
      if (inner === ETHTOOL_A_BITSET_BITS) active = bitNames(data, first, last).includes(feature)
    })
  })
  return active ? device : undefined
}

function bitNames(data: Received, start: number, end: number): string[] {
  const names: string[] = []
  walk(data, start, end, `${NAME}/ACTIVE/BITS`, (type, from, to) => {
    if (type !== ETHTOOL_A_BITSET_BITS_BIT) return
    walk(data, from, to, `${NAME}/ACTIVE/BITS/BIT`, (inner, first, last) => {
      if (inner === ETHTOOL_A_BITSET_BIT_NAME) names.push(readString(data, first, last))
    })
  })
  return names
}

function readString(data: Received, from: number, to: number): string {
  return decodeText(data.bytes.subarray(from, to)).replace(/\0.*$/s, '')
}
