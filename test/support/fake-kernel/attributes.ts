// Reads a request's attributes as lib/nlattr.c does for an old family such as IPVS ("liberal" validation): unknown ones
// and rubbish at the end are passed over, the last of two wins, too long is mostly fine, too short is ERANGE.

import { DAEMON, DEST, refuse, SVC, TOP } from './constants.ts'

type Rule =
  | { readonly least: number } // NLA_U8, NLA_U16, NLA_U32, and bare lengths
  | { readonly most: number } // NLA_BINARY
  | { readonly text: number } // NLA_NUL_STRING: so many bytes before its NUL
  | 'nest'

/** By attribute number; one that has no rule may be anything. */
export type Policy = ReadonlyMap<number, Rule>

const policy = (rules: readonly [number, Rule][]): Policy => new Map(rules)
const U8: Rule = { least: 1 }
const U16: Rule = { least: 2 }
const U32: Rule = { least: 4 }

export const FAMILY_POLICY = policy([
  [1, U16],
  [2, { text: 15 }],
])

export const COMMAND_POLICY = policy([
  [TOP.SERVICE, 'nest'],
  [TOP.DEST, 'nest'],
  [TOP.DAEMON, 'nest'],
  [TOP.TIMEOUT_TCP, U32],
  [TOP.TIMEOUT_TCP_FIN, U32],
  [TOP.TIMEOUT_UDP, U32],
])

export const SERVICE_POLICY = policy([
  [SVC.AF, U16],
  [SVC.PROTOCOL, U16],
  [SVC.ADDR, { most: 16 }],
  [SVC.PORT, U16],
  [SVC.FWMARK, U32],
  [SVC.SCHED_NAME, { text: 15 }],
  [SVC.FLAGS, { most: 8 }],
  [SVC.TIMEOUT, U32],
  [SVC.NETMASK, U32],
  [SVC.STATS, 'nest'],
  [SVC.PE_NAME, { text: 16 }],
])

export const DESTINATION_POLICY = policy([
  [DEST.ADDR, { most: 16 }],
  [DEST.PORT, U16],
  [DEST.FWD_METHOD, U32],
  [DEST.WEIGHT, U32],
  [DEST.U_THRESH, U32],
  [DEST.L_THRESH, U32],
  [DEST.ACTIVE_CONNS, U32],
  [DEST.INACT_CONNS, U32],
  [DEST.PERSIST_CONNS, U32],
  [DEST.STATS, 'nest'],
  [DEST.ADDR_FAMILY, U16],
  [DEST.TUN_TYPE, U8],
  [DEST.TUN_PORT, U16],
  [DEST.TUN_FLAGS, U16],
])

export const DAEMON_POLICY = policy([
  [DAEMON.STATE, U32],
  [DAEMON.MCAST_IFN, { text: 15 }],
  [DAEMON.SYNC_ID, U32],
  [DAEMON.SYNC_MAXLEN, U16],
  [DAEMON.MCAST_GROUP, U32],
  [DAEMON.MCAST_GROUP6, { least: 16 }],
  [DAEMON.MCAST_PORT, U16],
  [DAEMON.MCAST_TTL, U8],
])

function check(rule: Rule, value: Uint8Array): void {
  if (rule === 'nest') {
    if (value.length > 0 && value.length < 4) refuse('ERANGE')
  } else if ('least' in rule) {
    if (value.length < rule.least) refuse('ERANGE')
  } else if ('most' in rule) {
    if (value.length > rule.most) refuse('ERANGE')
  } else {
    // A NUL must be within the longest text, and more may follow it only if the whole ends in one and still fits.
    if (!value.subarray(0, rule.text + 1).includes(0)) refuse('EINVAL')
    if (value.length - (value.at(-1) === 0 ? 1 : 0) > rule.text) refuse('ERANGE')
  }
}

/** The attributes in `bytes`, by number; throws a Refusal if one breaks the policy. */
export class Attributes {
  readonly #values = new Map<number, Uint8Array>()

  constructor(bytes: Uint8Array, policy: Policy) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let offset = 0
    while (bytes.length - offset >= 4) {
      const length = view.getUint16(offset, true)
      const type = view.getUint16(offset + 2, true) & 0x3fff // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
      if (length < 4 || offset + length > bytes.length) break
      const value = bytes.subarray(offset + 4, offset + length)
      const rule = policy.get(type)
      if (rule !== undefined) {
        check(rule, value)
        this.#values.set(type, value)
      }
      offset += (length + 3) & ~3
    }
  }

  has(...types: readonly number[]): boolean {
    return types.every((type) => this.#values.has(type))
  }

  raw(type: number): Uint8Array | undefined {
    return this.#values.get(type)
  }

  /** The first `size` bytes, zeros where the value is shorter or absent. */
  bytes(type: number, size: number): Uint8Array {
    const copy = new Uint8Array(size)
    copy.set((this.#values.get(type) ?? copy).subarray(0, size))
    return copy
  }

  u8(type: number): number {
    return this.bytes(type, 1)[0] ?? 0
  }

  u16(type: number): number {
    return new DataView(this.bytes(type, 2).buffer).getUint16(0, true)
  }

  u16be(type: number): number {
    return new DataView(this.bytes(type, 2).buffer).getUint16(0, false)
  }

  u32(type: number): number {
    return new DataView(this.bytes(type, 4).buffer).getUint32(0, true)
  }

  /** A C string: what comes before the first NUL, one character a byte. */
  text(type: number): string {
    const value = this.#values.get(type) ?? new Uint8Array()
    const end = value.indexOf(0)
    return Buffer.from(end < 0 ? value : value.subarray(0, end)).toString('latin1')
  }
}
